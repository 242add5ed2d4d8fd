//! The identities in their own place: the directory `identities` in the configuration directory.
//!
//! One that was copied there is used without any configuration, if it is the only one.

use std::path::{Path, PathBuf};

use super::error::UnlockError;
use crate::machine::config::{ConfigFile, IdentitySource, IdentityStore};

/// The directory.
const DIRECTORY: &str = "identities";
/// How the names of plain and of passphrase-protected files end.
pub(crate) const PLAIN: &str = "txt";
pub(crate) const PROTECTED: &str = "age";

/// The identity of this machine: the configured one, otherwise the only one in its own place.
pub(crate) fn source(config: &ConfigFile) -> Result<Option<IdentitySource>, UnlockError> {
    if let Some(configured) = &config.read()?.identity {
        return Ok(Some(configured.clone()));
    }
    let mut all = all(config);
    if all.len() > 1 {
        let names = all.into_iter().filter_map(|source| source.file).collect();
        return Err(UnlockError::Several { directory: config.directory().to_owned(), names });
    }
    Ok(all.pop())
}

/// Everything in its own place, by name.
pub(crate) fn all(config: &ConfigFile) -> Vec<IdentitySource> {
    let entries = config.directory().join(DIRECTORY).read_dir().into_iter().flatten().flatten();
    let mut names: Vec<PathBuf> = entries.map(|entry| Path::new(DIRECTORY).join(entry.file_name())).collect();
    names.sort();
    let source = |file: PathBuf| {
        let store = match file.extension()?.to_str()? {
            PLAIN => IdentityStore::File,
            PROTECTED => IdentityStore::Passphrase,
            _ => return None,
        };
        let is_hidden = file.file_name()?.to_str()?.starts_with('.');
        (!is_hidden).then_some(IdentitySource { store, file: Some(file), recipient: None })
    };
    names.into_iter().filter_map(source).collect()
}

/// A file for a new identity, relative to the configuration directory: an existing one is never replaced.
pub(super) fn unused(config: &ConfigFile, name: &str, extension: &str) -> PathBuf {
    let named = |name: String| Path::new(DIRECTORY).join(format!("{name}.{extension}"));
    let mut names =
        std::iter::once(named(name.to_owned())).chain((2..).map(|number| named(format!("{name}-{number}"))));
    names.find(|file| !config.directory().join(file).exists()).unwrap_or_else(|| named(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_only_identity_is_used_and_of_several_none() {
        let home = tempfile::tempdir().unwrap();
        let config = ConfigFile::at(home.path());
        assert_eq!(source(&config).unwrap(), None);
        std::fs::create_dir(home.path().join(DIRECTORY)).unwrap();
        for name in ["ana.age", ".ana.txt.1-0.tmp", ".hidden.txt", "readme.md"] {
            std::fs::write(home.path().join(DIRECTORY).join(name), "").unwrap();
        }
        let found = source(&config).unwrap().unwrap();
        assert_eq!((found.store, found.file), (IdentityStore::Passphrase, Some("identities/ana.age".into())));
        assert_eq!(unused(&config, "ana", PROTECTED), Path::new("identities/ana-2.age"));
        assert_eq!(unused(&config, "ana", PLAIN), Path::new("identities/ana.txt"));
        std::fs::write(home.path().join("identities/bob.txt"), "").unwrap();
        let error = source(&config).unwrap_err().to_string();
        assert!(error.contains("identities/ana.age, identities/bob.txt"), "{error}");
    }
}
