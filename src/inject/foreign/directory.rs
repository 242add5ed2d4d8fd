//! The user's directories that other programs wrote, such as the stores of other password managers.

use std::fs;
use std::path::{Path, PathBuf};

use crate::format::caps;
use crate::machine::private::PrivateError;

/// A file below such a directory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    /// The path below the directory, without the ending: `mail/home`.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// Whether it is a symbolic link, which is not followed.
    pub is_link: bool,
}

/// The files below a directory whose names have an ending, by name. Hidden ones are left out. A directory that cannot
/// be read is an error, and so are too many files.
pub(crate) fn files_below(directory: &Path, ending: &str) -> Result<Vec<Entry>, PrivateError> {
    Ok(walk(directory, ending)?.0)
}

/// The hidden files and directories that [`files_below`] leaves out although they have such files, by name. Those of git
/// are not among them.
pub(crate) fn hidden_below(directory: &Path, ending: &str) -> Result<Vec<String>, PrivateError> {
    let mut hidden = Vec::new();
    for entry in walk(directory, ending)?.1 {
        if entry.is_link || !entry.path.is_dir() || !walk(&entry.path, ending)?.0.is_empty() {
            hidden.push(entry.name);
        }
    }
    hidden.sort();
    Ok(hidden)
}

/// The files, and what is hidden: files of that ending, and directories.
fn walk(directory: &Path, ending: &str) -> Result<(Vec<Entry>, Vec<Entry>), PrivateError> {
    let (mut found, mut hidden) = (Vec::new(), Vec::new());
    let mut open = vec![(directory.to_owned(), String::new())];
    while let Some((directory, above)) = open.pop() {
        let failed = |source| PrivateError::Io { verb: "read", path: directory.clone(), source };
        for entry in fs::read_dir(&directory).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let kind = entry.file_type().map_err(failed)?;
            let leaf = entry.file_name().to_string_lossy().into_owned();
            if leaf.starts_with('.') {
                let is_entry = leaf.strip_suffix(ending).is_some_and(|stem| stem.len() > 1 && stem.ends_with('.'));
                if leaf != ".git" && (kind.is_dir() || is_entry) {
                    hidden.push(Entry { name: format!("{above}{leaf}"), path: entry.path(), is_link: !kind.is_dir() });
                }
                continue;
            }
            if kind.is_dir() {
                open.push((entry.path(), format!("{above}{leaf}/")));
            } else if let Some(stem) = leaf.strip_suffix(ending).and_then(|stem| stem.strip_suffix('.')) {
                let name = format!("{above}{stem}");
                found.push(Entry { name, path: entry.path(), is_link: !kind.is_file() });
            }
            if found.len() + open.len() + hidden.len() > caps::IMPORT_ENTRIES {
                return Err(PrivateError::TooMany { path: directory, limit: caps::IMPORT_ENTRIES });
            }
        }
    }
    found.sort();
    Ok((found, hidden))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_an_ending_are_found_by_their_names() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        let hidden = [".git/x.age", "b/.hidden.age", ".old/d/e.age", ".other/note.txt", ".age"];
        for path in ["b/c.age", "a.age", "note.txt"].into_iter().chain(hidden) {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        std::os::unix::fs::symlink("/etc/passwd", root.join("link.age")).unwrap();
        std::os::unix::fs::symlink(root, root.join("b/loop")).unwrap();
        let found = files_below(root, "age").unwrap();
        let shown: Vec<_> = found.iter().map(|entry| (entry.name.as_str(), entry.is_link)).collect();
        assert_eq!(shown, [("a", false), ("b/c", false), ("link", true)]);
        assert_eq!(hidden_below(root, "age").unwrap(), [".old", "b/.hidden.age"]);
        assert!(matches!(files_below(&root.join("none"), "age"), Err(PrivateError::Io { .. })));
    }
}
