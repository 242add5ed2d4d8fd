//! Sides that the merge in progress drops: a document taken from one side, while the other has its own revision.
//!
//! This happens if git could not run the merge driver, or if somebody took one side: the index says that the file is
//! merged, and the next commit would lose the changes of the other side.

use std::collections::BTreeMap;

use super::past::{Heads, Past};
use super::program::Git;
use crate::cli::git::entry::{is_document, is_other_document};
use crate::cli::git::error::GitError;
use crate::cli::git::program::{Stages, pathspec};
use crate::engine::{Document, Sides, Vault};
use crate::model::merge::Side;

/// The objects of the vault's documents in a commit, by path.
type Objects = BTreeMap<String, String>;

/// Every document whose other side is dropped: its path relative to the vault, and its objects.
pub(crate) fn dropped(git: &Git, vault: &Vault<'_>) -> Result<Vec<(String, Stages)>, GitError> {
    let heads = git.output(&["rev-parse", "--verify", "--quiet", "MERGE_HEAD"])?;
    let Some(merged) = heads.status.success().then(|| String::from_utf8_lossy(&heads.stdout).trim().to_owned()) else {
        return Ok(Vec::new());
    };
    let bases = git.output(&["merge-base", "--all", "HEAD", &merged])?;
    let bases = String::from_utf8_lossy(&bases.stdout).into_owned();
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
    objects(git, &["ls-tree", "-r", "-z", "--full-tree", commit, "--", &git.prefix], 2)
}

/// The documents of the index that git considers merged.
fn index(git: &Git) -> Result<Objects, GitError> {
    let unmerged = objects(git, &["ls-files", "-u", "-z", "--", &pathspec(git)], 1)?;
    let mut all = objects(git, &["ls-files", "-s", "-z", "--", &pathspec(git)], 1)?;
    all.retain(|path, _| !unmerged.contains_key(path));
    Ok(all)
}

/// Objects by path, from git's listing: words, one of which is the object, a tab, and the path.
fn objects(git: &Git, arguments: &[&str], word: usize) -> Result<Objects, GitError> {
    let raw = git.run(arguments)?;
    let mut all = Objects::new();
    for record in raw.split(|&byte| byte == 0).filter(|record| !record.is_empty()) {
        let text = String::from_utf8_lossy(record);
        let found = text.split_once('\t').and_then(|(head, path)| Some((path, head.split(' ').nth(word)?)));
        let (path, id) = found.ok_or(GitError::Answer("ls-files"))?;
        if let Some(path) = git.inside(path).filter(|path| is_document(path) || is_other_document(path)) {
            all.insert(path.to_owned(), id.to_owned());
        }
    }
    Ok(all)
}
