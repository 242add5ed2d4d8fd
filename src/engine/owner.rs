//! Whose files a vault is made of.
//!
//! Who can create a directory above the working directory of somebody else could put a vault there: an old copy, or one
//! without the newest documents. So a vault belongs to the user of this process, or the user of this machine has named
//! the place. Documents themselves are signed, and their files may belong to anyone.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::error::Error;
use crate::format::vault_yaml;

/// The entry that names every place.
const ANYWHERE: &str = "*";

/// Refuses a vault whose directory, link to it, or `vault.yaml` belongs to none of `users`, unless `safe` names the place.
/// What does not exist is no concern of this.
pub(crate) fn check_owner<E: From<Error>>(
    root: &Path,
    users: &[u32],
    safe: impl FnOnce() -> Result<Vec<PathBuf>, E>,
) -> Result<(), E> {
    match foreign(root, users) {
        Some(error) if !is_safe(root, &safe()?) => Err(error.into()),
        _ => Ok(()),
    }
}

/// The first part of a vault that belongs to somebody else, as an error.
fn foreign(root: &Path, users: &[u32]) -> Option<Error> {
    let parts = [root.symlink_metadata(), root.metadata(), root.join(vault_yaml::PATH).symlink_metadata()];
    let owner = parts.into_iter().flatten().map(|part| part.uid()).find(|owner| !users.contains(owner))?;
    Some(Error::ForeignOwner { place: real(root), owner })
}

/// Whether an entry names the vault's directory or the one around it, or everything below one (`DIR/*`), or everything.
fn is_safe(root: &Path, safe: &[PathBuf]) -> bool {
    let root = real(root);
    safe.iter().any(|entry| match entry.file_name() {
        Some(name) if name == ANYWHERE => {
            let above = entry.parent().filter(|above| *above != Path::new(""));
            above.is_none_or(|above| root.starts_with(real(above)) && root != real(above))
        }
        _ => [Some(&*root), root.parent()].contains(&Some(&real(entry))),
    })
}

fn real(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A vault's directory in a directory, and the user who owns both.
    fn place() -> (tempfile::TempDir, PathBuf, u32) {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("a/.vault");
        std::fs::create_dir_all(&root).unwrap();
        let owner = root.metadata().unwrap().uid();
        (directory, root, owner)
    }

    fn check(root: &Path, users: &[u32], safe: &[&Path]) -> Result<(), Error> {
        check_owner(root, users, || Ok(safe.iter().map(|entry| (*entry).to_owned()).collect()))
    }

    #[test]
    fn a_vault_belongs_to_a_user_who_counts() {
        let (_directory, root, owner) = place();
        check(&root, &[owner], &[]).unwrap();
        let refused = check(&root, &[owner + 1], &[]).unwrap_err();
        assert!(matches!(refused, Error::ForeignOwner { owner: found, .. } if found == owner), "{refused}");
        check(&root.join("none"), &[owner + 1], &[]).unwrap();
    }

    #[test]
    fn an_entry_names_the_vault_or_what_is_around_it() {
        let (directory, root, owner) = place();
        let (top, project) = (directory.path(), directory.path().join("a"));
        let is_safe = |entry: &Path| check(&root, &[owner + 1], &[entry]).is_ok();
        for entry in [&root, &project, &project.join("*"), &top.join("*"), Path::new("*"), Path::new("/*")] {
            assert!(is_safe(entry), "{}", entry.display());
        }
        for entry in [top, &root.join("*"), &top.join("b"), Path::new("a"), Path::new("."), Path::new("/")] {
            assert!(!is_safe(entry), "{}", entry.display());
        }
    }
}
