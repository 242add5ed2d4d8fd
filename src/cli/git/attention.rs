//! What git leaves in a vault for somebody to attend to: merges that are not finished, and a setup that does not fit any more.

use super::conflicts::{Cause, conflicts};
use super::program::{Git, GitError};
use crate::cli::commands::git_setup;
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

/// Every file of the vault that a merge did not finish; none where there is no git.
pub(crate) fn unfinished(vault: &Vault<'_>) -> Result<Vec<Unfinished>, GitError> {
    around(vault)?.map_or_else(|| Ok(Vec::new()), |git| unfinished_of(&git, vault))
}

pub(crate) fn unfinished_of(git: &Git, vault: &Vault<'_>) -> Result<Vec<Unfinished>, GitError> {
    let sentence = |path: &str, cause: Cause| match cause {
        Cause::Dropped => format!("the merge keeps one side of `{path}` and drops what the other one wrote"),
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
    lines.extend(git_setup::complaint(&git)?);
    Ok(lines)
}

fn around(vault: &Vault<'_>) -> Result<Option<Git>, GitError> {
    match Git::around(vault.path()) {
        Err(GitError::Absent | GitError::NoRepository(_)) => Ok(None),
        git => git.map(Some),
    }
}
