//! `--commit`: one commit for each changing command, with a message that carries no value.

use super::describe::describe;
use super::diff::object_at;
use super::program::{Git, GitError};
use crate::cli::error::CliResult;
use crate::engine::Vault;
use crate::store::path::gone_path;

/// More changes than this are counted, not named.
const NAMED: usize = 3;

/// Commits the documents that a command wrote, these and no others, whatever else is staged. Says what the message is.
pub(in crate::cli) fn commit_written(vault: &Vault<'_>, written: &[String]) -> CliResult<String> {
    let git = Git::around(vault.path())?;
    let message = message(&git, vault, written)?;
    let mut paths: Vec<String> = Vec::new();
    for path in written {
        paths.push(git.outside(path));
        let hint = git.outside(&gone_path(path));
        let is_known = !git.run(&["ls-files", "-z", "--", &format!(":(literal){hint}")])?.is_empty();
        if is_known || git.top.join(&hint).exists() {
            paths.push(hint);
        }
    }
    git.over(&["add", "--all"], &paths)?;
    git.over(&["commit", "--quiet", "--only", "-m", &message], &paths)?;
    Ok(message)
}

/// `vault: put /app/prod/db/password v4`.
fn message(git: &Git, vault: &Vault<'_>, written: &[String]) -> Result<String, GitError> {
    let mut lines = Vec::new();
    for path in written {
        let old = object_at(git, "HEAD", &git.outside(path))?;
        let old = old.map(|id| git.blobs(&[&id])).transpose()?.and_then(|mut blobs| blobs.pop());
        let old = old.and_then(|raw| vault.document_at(path, &raw).ok());
        let new = std::fs::read(vault.path().join(path)).ok().and_then(|raw| vault.document_at(path, &raw).ok());
        let name = new.as_ref().or(old.as_ref()).map_or(path.as_str(), |document| document.name()).to_owned();
        lines.push(sentence(&name, &describe(old.as_ref(), new.as_ref())));
    }
    Ok(match lines.as_slice() {
        [one] => format!("vault: {one}"),
        some if some.len() <= NAMED => format!("vault: {}", some.join("; ")),
        many => format!("vault: {} documents\n\n{}", many.len(), many.join("\n")),
    })
}

/// The verb first where there is one change: `put NAME v4`.
fn sentence(name: &str, changes: &[String]) -> String {
    match changes {
        [only] => match only.split_once(' ') {
            Some((verb, rest)) => format!("{verb} {name} {rest}"),
            None => format!("{only} {name}"),
        },
        all => format!("{name}: {}", all.join(", ")),
    }
}
