//! Which git branch a directory is on, read from `HEAD` without starting git.

use std::fs;
use std::path::{Path, PathBuf};

use super::reftable;

/// The git branch of a vault's directory. High-water marks belong to a branch: switching branches is not a rollback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Branch {
    /// On a branch of that name.
    Named(String),
    /// No git repository around the directory.
    None,
    /// In a repository, on no branch: a detached `HEAD`, a rebase in progress.
    Detached,
}

impl Branch {
    /// The branch that `dir`, an absolute path, is on.
    pub(crate) fn of(dir: &Path) -> Branch {
        let Some(git_dir) = dir.ancestors().find_map(git_dir) else { return Branch::None };
        let Ok(head) = fs::read_to_string(git_dir.join("HEAD")) else { return Branch::None };
        let head = match head.trim_end() {
            reftable::PLACEHOLDER => reftable::head(&git_dir).map(|name| format!("ref: {name}")).unwrap_or_default(),
            head => head.to_owned(),
        };
        match head.strip_prefix("ref: refs/heads/") {
            Some(name) => Branch::Named(name.to_owned()),
            None => Branch::Detached,
        }
    }
}

/// The branch that a rebase in progress returns to when it is finished.
pub(super) fn rebased(dir: &Path) -> Option<Branch> {
    let git_dir = dir.ancestors().find_map(git_dir)?;
    let names = ["rebase-merge/head-name", "rebase-apply/head-name"].into_iter();
    let name = { names }.find_map(|name| fs::read_to_string(git_dir.join(name)).ok())?;
    name.trim_end().strip_prefix("refs/heads/").map(|name| Branch::Named(name.to_owned()))
}

/// The git directory of a work tree: `.git`, or where a `.git` file of a linked work tree points.
fn git_dir(tree: &Path) -> Option<PathBuf> {
    let dot_git = tree.join(".git");
    if dot_git.join("HEAD").is_file() {
        return Some(dot_git);
    }
    let pointer = fs::read_to_string(&dot_git).ok()?;
    let target = Path::new(pointer.strip_prefix("gitdir: ")?.trim_end());
    Some(tree.join(target))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join(".git")).unwrap();
        fs::write(dir.path().join(".git/HEAD"), text).unwrap();
        let vault = dir.path().join("sub/.vault");
        fs::create_dir_all(&vault).unwrap();
        (dir, vault)
    }

    #[test]
    fn the_nearest_repository_decides() {
        let (_keep, vault) = head("ref: refs/heads/feature/x\n");
        assert_eq!(Branch::of(&vault), Branch::Named("feature/x".into()));
        let (_keep, vault) = head("0123456789012345678901234567890123456789\n");
        assert_eq!(Branch::of(&vault), Branch::Detached);
    }

    #[test]
    fn a_rebase_comes_back_to_its_branch() {
        let (keep, vault) = head("0123456789012345678901234567890123456789\n");
        assert_eq!(rebased(&vault), None);
        fs::create_dir_all(keep.path().join(".git/rebase-merge")).unwrap();
        fs::write(keep.path().join(".git/rebase-merge/head-name"), "refs/heads/feature/x\n").unwrap();
        assert_eq!((Branch::of(&vault), rebased(&vault)), (Branch::Detached, Some(Branch::Named("feature/x".into()))));
    }

    #[test]
    fn linked_work_trees_have_their_own_head() {
        let (keep, _) = head("ref: refs/heads/main\n");
        let linked = keep.path().join("linked");
        let git_dir = keep.path().join(".git/worktrees/linked");
        fs::create_dir_all(&linked).unwrap();
        fs::create_dir_all(&git_dir).unwrap();
        fs::write(git_dir.join("HEAD"), "ref: refs/heads/other\n").unwrap();
        fs::write(linked.join(".git"), format!("gitdir: {}\n", git_dir.display())).unwrap();
        assert_eq!(Branch::of(&linked), Branch::Named("other".into()));
    }

    #[test]
    fn no_repository_is_no_branch() {
        assert_eq!(Branch::of(tempfile::tempdir().unwrap().path()), Branch::None);
    }
}
