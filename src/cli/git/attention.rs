//! What in a vault's git repository needs attention: unfinished merges, and an outdated setup.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::calls::{Calls, Configured};
use super::conflicts::{Cause, conflicts};
use super::error::GitError;
use super::hook::Hook;
use super::program::Git;
use crate::cli::terminal::escape;
use crate::engine::Vault;
use crate::format::path::decode_trust;

/// A file that a merge did not finish.
pub(crate) struct Unfinished {
    /// Relative to the vault.
    pub(crate) path: String,
    /// What is wrong with it, and the command for that.
    pub(crate) message: String,
    pub(crate) command: &'static str,
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
        Unfinished { path, message, command, cause }
    };
    Ok(conflicts(git, vault)?.into_iter().map(|one| unfinished(one.path, one.cause)).collect())
}

/// What git has to say of a vault.
#[derive(Default)]
pub(crate) struct Attention {
    /// Documents in conflict, relative to the vault.
    pub(crate) conflicts: Vec<String>,
    /// What needs attention, each with its command, which is in the line too.
    pub(crate) lines: Vec<(String, Option<&'static str>)>,
}

impl Attention {
    /// Git itself could not be asked.
    pub(crate) fn failed(why: String) -> Self {
        Attention { conflicts: Vec::new(), lines: vec![(why, None)] }
    }
}

/// Unfinished merges, and whether git still finds this program.
pub(crate) fn attention(vault: &Vault<'_>) -> Result<Attention, GitError> {
    let Some(git) = around(vault)? else { return Ok(Attention::default()) };
    let (conflicts, mut lines): (Vec<_>, Vec<_>) =
        unfinished_of(&git, vault)?.into_iter().map(|one| (one.path, (one.message, Some(one.command)))).unzip();
    if let SetUp::Wrong(why) = set_up(&git)? {
        lines.push((format!("{why}; run `vault git-setup` again"), Some("vault git-setup")));
    }
    Ok(Attention { conflicts, lines })
}

/// The repository around a vault, if there is one, and git.
pub(crate) fn around(vault: &Vault<'_>) -> Result<Option<Git>, GitError> {
    match Git::around(vault.path()) {
        Err(error) if error.is_without_repository() => Ok(None),
        git => git.map(Some),
    }
}

/// How a clone is set up. Git runs what is in its configuration whatever the search path is, as a graphical client does.
pub(crate) enum SetUp {
    /// Not at all.
    Nothing,
    /// For this program, with the hook.
    Done { program: PathBuf, hook: Hook },
    /// In a way that does not work, and why.
    Wrong(String),
}

pub(crate) fn set_up(git: &Git) -> Result<SetUp, GitError> {
    let other = || SetUp::Wrong("another version of vault set git up here".to_owned());
    let calls = match Calls::configured(git)? {
        Configured::Nothing => return Ok(SetUp::Nothing),
        Configured::Other => return Ok(other()),
        Configured::Calls(calls) => calls,
    };
    let program = calls.path().to_owned();
    if !is_executable(&program) {
        let program = escape::line(&program.to_string_lossy());
        return Ok(SetUp::Wrong(format!("git merges documents with `{program}`, which is missing")));
    }
    let hook = Hook::of(git, &calls, None)?;
    Ok(if hook.is_outdated() { other() } else { SetUp::Done { program, hook } })
}

fn is_executable(program: &Path) -> bool {
    program.metadata().is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}
