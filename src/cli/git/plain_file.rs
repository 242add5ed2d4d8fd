//! Files with values or private keys in plain text, which the next `git add` may take along.

use std::path::Path;

use super::program::Git;
use crate::cli::terminal::escape;
use crate::cli::terminal::ui::Ui;

/// Whether a file is in the repository's work tree and git does not ignore it.
pub(crate) fn is_unignored(git: &Git, file: &Path) -> bool {
    let Ok(file) = std::fs::canonicalize(file) else { return false };
    let path = file.to_string_lossy();
    let is_ignored = git.output(&["check-ignore", "--quiet", "--", &path]);
    file.is_file() && file.starts_with(&git.top) && is_ignored.is_ok_and(|answer| answer.status.code() == Some(1))
}

/// Warns of a file with a private key that git would take along.
pub(crate) fn warn_of_key(file: &Path, ui: &mut Ui) {
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if Git::around(directory).is_ok_and(|git| is_unignored(&git, file)) {
        let file = escape::line(&file.display().to_string());
        ui.warning(format!(
            "git does not ignore `{file}`, which holds a private key: move it, or add it to .gitignore"
        ));
    }
}
