//! Sides that the merge in progress drops: a document taken from one side, while the other has its own revision.
//!
//! This happens if git could not run the merge driver, or if somebody took one side: the index says that the file is
//! merged, and the next commit would lose the changes of the other side.

use std::collections::BTreeMap;

use super::entry::{is_any_document, listed};
use super::error::GitError;
use super::past::{Heads, Past};
use super::program::{Git, Stages, pathspec};
use crate::engine::{Document, Sides, Vault};
use crate::model::merge::Side;

/// The objects of the vault's documents in a commit, by path.
type Objects = BTreeMap<String, String>;

/// Every document whose other side is dropped: its path relative to the vault, and its objects.
pub(crate) fn dropped(git: &Git, vault: &Vault<'_>) -> Result<Vec<(String, Stages)>, GitError> {
    let Some(merged) = git.commit("MERGE_HEAD")? else { return Ok(Vec::new()) };
    let bases = git.answer(&["merge-base", "--all", "HEAD", &merged])?;
    let bases = bases.lines().map(|commit| documents(git, commit)).collect::<Result<Vec<_>, _>>()?;
    let (ours, theirs, index) = (documents(git, "HEAD")?, documents(git, &merged)?, index(git)?);
    let mut all = Vec::new();
    for (path, theirs) in &theirs {
        let (Some(ours), Some(taken)) = (ours.get(path), index.get(path)) else { continue };
        let other = if taken == ours { theirs } else { ours };
        let is_one_side = ours != theirs && (taken == ours || taken == theirs);
        if is_one_side && is_news(git, vault, path, other, &bases)? {
            let base = bases.iter().find_map(|base| base.get(path));
            let side = if taken == ours { Side::Ours } else { Side::Theirs };
            all.push((path.clone(), [base.cloned(), Some(ours.clone()), Some(theirs.clone())], side));
        }
    }
    lost(git, vault, &all)
}

/// Those whose other side was neither rolled back nor is an earlier state of the one taken.
fn lost(git: &Git, vault: &Vault<'_>, all: &[(String, Stages, Side)]) -> Result<Vec<(String, Stages)>, GitError> {
    let paths: Vec<&str> = all.iter().map(|(path, ..)| path.as_str()).collect();
    let past = Past::of(git, &Heads::under_way(git)?, &paths)?;
    let mut lost = Vec::new();
    for (path, stages, taken) in all {
        let ids: Vec<&str> = stages.iter().flatten().map(String::as_str).collect();
        let blobs = git.blobs(&ids)?;
        let ([base @ .., ours, theirs], [our_past, their_past]) = (blobs.as_slice(), past.at(path)) else { continue };
        let base = base.first().map(Vec::as_slice);
        if !vault.leaves_nothing_out(path, Sides { base, ours, theirs, our_past, their_past }, *taken) {
            lost.push((path.clone(), stages.clone()));
        }
    }
    Ok(lost)
}

/// Whether a side has a revision that no common ancestor has, and that would be a document of the vault. Dropping
/// something that was rolled back, or whose signer lost permission, loses nothing.
fn is_news(git: &Git, vault: &Vault<'_>, path: &str, side: &str, bases: &[Objects]) -> Result<bool, GitError> {
    let olds: Vec<&str> = bases.iter().filter_map(|base| base.get(path)).map(String::as_str).collect();
    if olds.contains(&side) {
        return Ok(false);
    }
    let revision = |raw: &Vec<u8>| vault.document_at(path, raw).ok().map(|document| document.head().rev);
    let revisions: Vec<Option<u64>> = git.blobs(&[&[side], &olds[..]].concat())?.iter().map(revision).collect();
    Ok(revisions[0].is_some() && revisions[1..].iter().all(|old| revisions[0] > *old))
}

fn documents(git: &Git, commit: &str) -> Result<Objects, GitError> {
    objects(git, "ls-tree", &["-r", "--full-tree", commit, "--", &git.prefix])
}

/// The documents of the index that git considers merged.
fn index(git: &Git) -> Result<Objects, GitError> {
    let unmerged = objects(git, "ls-files", &["-u", "--", &pathspec(git)])?;
    let mut all = objects(git, "ls-files", &["-s", "--", &pathspec(git)])?;
    all.retain(|path, _| !unmerged.contains_key(path));
    Ok(all)
}

fn objects(git: &Git, command: &'static str, arguments: &[&str]) -> Result<Objects, GitError> {
    let files = listed(git, command, arguments)?.into_iter().filter_map(|file| file.inside(git));
    Ok(files.filter(|file| is_any_document(&file.path)).map(|file| (file.path, file.id)).collect())
}
