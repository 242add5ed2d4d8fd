//! Files with values in plain text, which the next `git add` may take along.

use std::path::Path;

use super::program::Git;

/// Whether a file is in the repository's work tree and git does not ignore it.
pub(crate) fn is_unignored(git: &Git, file: &Path) -> bool {
    let Ok(file) = std::fs::canonicalize(file) else { return false };
    let path = file.to_string_lossy();
    let is_ignored = git.output(&["check-ignore", "--quiet", "--", &path]);
    file.is_file() && file.starts_with(&git.top) && is_ignored.is_ok_and(|answer| answer.status.code() == Some(1))
}
