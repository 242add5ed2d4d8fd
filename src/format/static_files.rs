//! Files that a new vault gets once and that its user may change afterwards.

/// Path and content of each, relative to the vault.
pub(crate) const STATIC_FILES: [(&str, &str); 3] = [
    (".gitattributes", include_str!("static/gitattributes")),
    (".gitignore", include_str!("static/gitignore")),
    ("README.md", include_str!("static/README.md")),
];
