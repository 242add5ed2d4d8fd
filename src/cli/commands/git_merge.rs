//! `vault git-merge`: the merge driver that git calls for documents.
//!
//! It has no terminal and never prompts. What it cannot merge it leaves as a conflict, with both sides in the file, so
//! that nobody can take one side by mistake: `vault resolve` continues from there.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::{CliError, CliResult};
use crate::cli::exit::Exit;
use crate::cli::git::chains::snapshots;
use crate::cli::git::conflicts::both_sides;
use crate::cli::git::past::{Heads, Past};
use crate::cli::git::program::Git;
use crate::cli::terminal::escape;
use crate::engine::{ChainSource, MergeOutcome, Sides, Vault};
use crate::format::path::decode_trust;
use crate::format::{caps, vault_yaml};

/// Merge driver, called by git
#[derive(Debug, Args)]
pub(crate) struct DriverArgs {
    /// The common ancestor
    base: PathBuf,
    /// Our side; the result is written here
    ours: PathBuf,
    /// Their side
    theirs: PathBuf,
    /// The path in the repository
    path: String,
}

pub(crate) fn run(args: &DriverArgs, context: &mut Context) -> CliResult<()> {
    context.ask_nobody();
    let (base, ours, theirs) = (read(&args.base)?, read(&args.ours)?, read(&args.theirs)?);
    match merged(&args.path, &base, &ours, &theirs, context) {
        Ok(Some(bytes)) => Ok(fs::write(&args.ours, bytes)?),
        Ok(None) => conflict(args, &ours, &theirs),
        Err(error) => {
            context.ui.warning(format!("`{}` was not merged: {error}", escape::line(&args.path)));
            conflict(args, &ours, &theirs)
        }
    }
}

/// One of git's files, which is unbounded. One byte more than a document has is enough for it to be refused.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(caps::DOCUMENT + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The merged document; `None` if a person has to decide.
fn merged(path: &str, base: &[u8], ours: &[u8], theirs: &[u8], context: &mut Context) -> CliResult<Option<Vec<u8>>> {
    let (root, rel) = vault_of(path)?;
    if decode_trust(&rel).is_some() {
        context.ui.warning("both sides changed members or keys; an admin continues with `vault trust rebase`");
        return Ok(None);
    }
    let git = Git::calling(path.strip_suffix(rel.as_str()).unwrap_or_default())?;
    let vault = opened(&root, &git, context)?;
    let past = Past::of(&git, &Heads::here(env::merged_commit()), &[&rel])?;
    let [our_past, their_past] = past.at(&rel);
    // Git passes an empty file if there is no ancestor.
    let sides = Sides { base: (!base.is_empty()).then_some(base), ours, theirs, our_past, their_past };
    // Members added by this merge are not there yet, so no key is wrapped.
    match vault.merge(&rel, sides, None, None)? {
        MergeOutcome::Merged { bytes, notes } => {
            for note in notes {
                context.ui.note(format!("`{}`: {note}", escape::line(&rel)));
            }
            Ok(Some(bytes))
        }
        MergeOutcome::Conflicts(conflicts) => {
            for conflict in conflicts {
                context.ui.warning(format!("`{}`: {conflict}", escape::line(&rel)));
            }
            Ok(None)
        }
    }
}

/// The vault with the trust chain of the work tree, or with that of the merged commit, if only that one has all that this machine has
/// verified: git puts it into the work tree after the documents.
fn opened(root: &Path, git: &Git, context: &mut Context) -> CliResult<Vault<'static>> {
    let vault = context.open_vault_at(root)?.leave();
    let Some(commit) = env::merged_commit().filter(|_| !vault.trust_standing().is_complete()) else { return Ok(vault) };
    let theirs = context.open_chain_at(root, ChainSource::Branch(snapshots(git, &commit)?))?.leave();
    Ok(if theirs.trust_standing().is_complete() { theirs } else { vault })
}

/// The vault that a path of the repository lies in, and the rest of the path. Git calls drivers at the top of the work tree.
fn vault_of(path: &str) -> CliResult<(PathBuf, String)> {
    let directories = Path::new(path).ancestors().skip(1).find(|parent| parent.join(vault_yaml::PATH).is_file());
    let rest = directories.and_then(|root| Path::new(path).strip_prefix(root).ok()).and_then(Path::to_str);
    match (directories, rest) {
        (Some(root), Some(rest)) => Ok((Path::new(".").join(root), rest.to_owned())),
        _ => Err(CliError::usage(
            "the path is not in a vault",
            "this is called by git; use `vault resolve` to resolve conflicts",
        )),
    }
}

fn conflict(args: &DriverArgs, ours: &[u8], theirs: &[u8]) -> CliResult<()> {
    // Git keeps both sides in its index: what is too large is only there.
    let fitting = |side: &'_ [u8]| if side.len() as u64 > caps::DOCUMENT { Vec::new() } else { side.to_vec() };
    fs::write(&args.ours, both_sides(&fitting(ours), &fitting(theirs)))?;
    Err(CliError::Reported(Exit::Other))
}
