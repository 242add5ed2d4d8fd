//! What in a vault's git repository needs attention: unfinished merges, and an outdated setup.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::conflicts::{Cause, conflicts};
use super::program::Git;
use crate::cli::git::calls::{Calls, Configured};
use crate::cli::git::error::GitError;
use crate::cli::git::hook::Hook;
use crate::cli::terminal::escape;
use crate::engine::Vault;
use crate::format::path::decode_trust;

/// A file that a merge did not finish.
pub(crate) struct Unfinished {
    /// Relative to the vault.
    pub(crate) path: String,
    /// What is wrong with it, and the command for that.
    pub(crate) message: String,
    pub(crate) cause: Cause,
}

/// Every file of the vault that a merge did not finish; none without git.
pub(crate) fn unfinished(vault: &Vault<'_>) -> Result<Vec<Unfinished>, GitError> {
    around(vault)?.map_or_else(|| Ok(Vec::new()), |git| unfinished_of(&git, vault))
}

pub(crate) fn unfinished_of(git: &Git, vault: &Vault<'_>) -> Result<Vec<Unfinished>, GitError> {
    let sentence = |path: &str, cause: Cause| match cause {
        Cause::Dropped => format!("the merge keeps one side of `{path}` and drops the changes of the other"),
        _ => format!("merge conflict in `{path}`"),
    };
    let unfinished = |path: String, cause: Cause| {
        let command = if decode_trust(&path).is_some() { "vault trust rebase" } else { "vault resolve" };
        let message = format!("{}: run `{command}`", sentence(&escape::line(&path), cause));
        Unfinished { path, message, cause }
    };
    Ok(conflicts(git, vault)?.into_iter().map(|one| unfinished(one.path, one.cause)).collect())
}

/// The same in words, and whether git still finds this program.
pub(crate) fn attention(vault: &Vault<'_>) -> Result<Vec<String>, GitError> {
    let Some(git) = around(vault)? else { return Ok(Vec::new()) };
    let mut lines: Vec<String> = unfinished_of(&git, vault)?.into_iter().map(|one| one.message).collect();
    lines.extend(complaint(&git)?);
    Ok(lines)
}

fn around(vault: &Vault<'_>) -> Result<Option<Git>, GitError> {
    match Git::around(vault.path()) {
        Err(GitError::Absent | GitError::NoRepository(_)) => Ok(None),
        git => git.map(Some),
    }
}

/// What is wrong with the setup of this clone, if it has one.
fn complaint(git: &Git) -> Result<Option<String>, GitError> {
    let other = || Some("another version of vault set git up here; run `vault git-setup` again".to_owned());
    let calls = match Calls::configured(git)? {
        Configured::Nothing => return Ok(None),
        Configured::Other => return Ok(other()),
        Configured::Calls(calls) => calls,
    };
    if !is_executable(calls.path()) {
        let program = escape::line(&calls.path().to_string_lossy());
        return Ok(Some(format!(
            "git merges documents with `{program}`, which is missing; run `vault git-setup` again"
        )));
    }
    Ok(if Hook::of(git, &calls, None)?.is_outdated() { other() } else { None })
}

fn is_executable(program: &Path) -> bool {
    program.metadata().is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}
