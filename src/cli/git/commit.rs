//! `--commit`: one commit for each changing command, with a message that contains no value.

use super::conflicts::nothing_unmerged;
use super::describe::describe;
use super::error::{GitError, NotCommitted};
use super::program::{Git, literal, under_way};
use crate::cli::report::trust_changes::changes;
use crate::engine::{Document, Vault};
use crate::format::layout::Place;
use crate::format::path::gone_path;

/// More changes than this are counted, not named.
const NAMED: usize = 3;

/// Commits exactly the documents that a command wrote, regardless of what else is staged. Returns the message.
pub(crate) fn commit_written(vault: &Vault<'_>, written: &[String]) -> Result<String, NotCommitted> {
    let failed = |error, message| NotCommitted { error, directory: vault.path().display().to_string(), message };
    let git = Git::around(vault.path()).map_err(|error| failed(error, None))?;
    let message = message(&git, vault, written).map_err(|error| failed(error, None))?;
    match commit(&git, written, &message) {
        Ok(()) => Ok(message),
        Err(error) => Err(failed(explained(&git, error), Some(message))),
    }
}

fn commit(git: &Git, written: &[String], message: &str) -> Result<(), GitError> {
    nothing_unmerged(git)?;
    let mut paths: Vec<String> = Vec::new();
    for path in written {
        paths.push(git.outside(path));
        let hint = git.outside(&gone_path(path));
        let is_known = !git.run(&["ls-files", "-z", "--", &literal(&hint)])?.is_empty();
        if is_known || git.top.join(&hint).exists() {
            paths.push(hint);
        }
    }
    git.over(&["add", "--all"], &paths)?;
    git.over(&["commit", "--quiet", "--only", "-m", message], &paths)
}

/// Why git refused, if we can say it in fewer words than git.
fn explained(git: &Git, error: GitError) -> GitError {
    let lacks = |identity: &str| git.line(&["var", identity]).is_err();
    match hinders(git) {
        _ if matches!(error, GitError::Unmerged { .. }) => error,
        Ok(Some(what)) => GitError::Unfinished(what),
        _ if lacks("GIT_AUTHOR_IDENT") || lacks("GIT_COMMITTER_IDENT") => GitError::Nobody,
        _ => error,
    }
}

/// What is in progress, if git cannot commit anything else during it.
fn hinders(git: &Git) -> Result<Option<&'static str>, GitError> {
    let is_there = |file: &str| Ok::<_, GitError>(git.own_file(file)?.exists());
    if is_there("MERGE_HEAD")? || is_there("CHERRY_PICK_HEAD")? { under_way(git) } else { Ok(None) }
}

/// `vault: put /app/prod/db/password v4`.
fn message(git: &Git, vault: &Vault<'_>, written: &[String]) -> Result<String, GitError> {
    let mut lines = Vec::new();
    for path in written {
        lines.push(match Place::of(path) {
            Place::Trust(rev) => snapshot(vault, rev),
            Place::Key(name) => format!("key {name}"),
            Place::Rule(name) => format!("rule {name}"),
            Place::Share(id) => format!("share {id}"),
            Place::Checkpoint => "checkpoint".to_owned(),
            Place::Anchor => "anchor of a log of uses".to_owned(),
            _ => document(git, vault, path)?,
        });
    }
    Ok(match lines.as_slice() {
        [one] => format!("vault: {one}"),
        some if some.len() <= NAMED => format!("vault: {}", some.join("; ")),
        many => format!("vault: {} documents\n\n{}", many.len(), many.join("\n")),
    })
}

/// What a snapshot of the trust chain changed: `member bob added`.
fn snapshot(vault: &Vault<'_>, rev: u64) -> String {
    let snapshots = vault.snapshots().unwrap_or_default();
    let at = |rev: u64| snapshots.iter().find(|snapshot| snapshot.rev == rev);
    let words = at(rev).map(|snapshot| changes(at(rev - 1), snapshot)).unwrap_or_default();
    if words.is_empty() { format!("trust {rev}") } else { words.join(", ") }
}

/// What happened to a parameter or a secret since the last commit.
fn document(git: &Git, vault: &Vault<'_>, path: &str) -> Result<String, GitError> {
    let old = git.object_at("HEAD", &git.outside(path))?;
    let old = old.map(|id| git.blobs(&[&id])).transpose()?.and_then(|mut blobs| blobs.pop());
    let old = old.and_then(|raw| vault.document_at(path, &raw).ok());
    let new = git.work_document(path).ok().flatten().and_then(|raw| vault.document_at(path, &raw).ok());
    let name = new.as_ref().or(old.as_ref()).map_or(path, |document| document.name()).to_owned();
    Ok(sentence(&name, &describe(old.as_ref(), new.as_ref())))
}

/// The verb first where there is one change: `put NAME v4`.
fn sentence(name: &str, changes: &[String]) -> String {
    match changes {
        [only] => match only.split_once(' ') {
            Some((verb @ ("put" | "label" | "stage" | "tag" | "begun"), rest)) => format!("{verb} {name} {rest}"),
            Some(_) => format!("{name}: {only}"),
            None => format!("{only} {name}"),
        },
        all => format!("{name}: {}", all.join(", ")),
    }
}
