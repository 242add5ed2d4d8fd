//! The conflicts of a work tree: what git left unmerged, documents with both sides in one file, and sides that a merge drops.

use std::time::Duration;

use super::dropped::dropped;
use super::entry::{Listed, is_any_document, is_document, listed, records};
use super::error::GitError;
use super::past::{Heads, Past};
use super::program::{Git, Stages, literal, pathspec};
use crate::cli::error::CliResult;
use crate::cli::report::count::Count;
use crate::cli::terminal::escape;
use crate::engine::{Error, Vault};
use crate::format::caps;
use crate::format::trailer::has_several;
use crate::store::{Directory, Files};

/// The objects of the three states of a file; its path is relative to the vault.
#[derive(Debug)]
pub(crate) struct Conflicted {
    pub(crate) path: String,
    pub(crate) cause: Cause,
    /// The commits of a completed merge, ours first.
    merged: Option<[String; 2]>,
    stages: Stages,
}

/// How a conflict was detected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The index has both sides.
    Unmerged,
    /// Both sides are in the file, and git considers it merged.
    Glued,
    /// The merge in progress drops one side.
    Dropped,
}

pub(crate) fn conflicts(git: &Git, vault: &Vault<'_>) -> Result<Vec<Conflicted>, GitError> {
    let mut all = unmerged(git)?;
    all.extend(glued(git, &all)?);
    let dropped = dropped(git, vault)?.into_iter();
    all.extend(dropped.map(|(path, stages)| Conflicted { path, cause: Cause::Dropped, merged: None, stages }));
    Ok(all)
}

/// The conflicts that git's index holds.
fn unmerged(git: &Git) -> Result<Vec<Conflicted>, GitError> {
    let is_wanted = |path: &str| is_document(path) || !path.contains("/.");
    let all = with_stages(git, &["-u", "--", &pathspec(git)])?;
    let inside = all.into_iter().filter_map(|(path, stages)| Some((git.inside(&path)?.to_owned(), stages)));
    let conflicted = |(path, stages)| Conflicted { path, cause: Cause::Unmerged, merged: None, stages };
    Ok(inside.filter(|(path, _)| is_wanted(path)).map(conflicted).collect())
}

/// Puts both sides into the files of unmerged documents in which git, or the driver of an older version, left only one,
/// so that adding and committing such a file does not lose the other side.
pub(crate) fn keep_both_sides(git: &Git) -> CliResult<()> {
    const WAIT: Duration = Duration::from_secs(30);
    let all = unmerged(git)?;
    let states = states(git, &all)?;
    let keep = || {
        let root = Directory::open(&git.top.join(&git.prefix))?;
        let _lock = root.lock(WAIT)?;
        let mut files = Vec::new();
        for (one, states) in all.iter().zip(states) {
            let [_, Some(ours), Some(theirs)] = states else { continue };
            let here = root.read(&one.path, caps::DOCUMENT)?;
            if here.is_some_and(|here| here == ours || here == theirs) {
                files.push((one.path.clone(), both_sides(&ours, &theirs)));
            }
        }
        root.replace_all(&files)
    };
    Ok(keep().map_err(Error::from)?)
}

/// The files in conflict that `git ls-files` lists with an option, each with its path in the repository.
fn with_stages(git: &Git, arguments: &[&str]) -> Result<Vec<(String, Stages)>, GitError> {
    let mut all: Vec<(String, Stages)> = Vec::new();
    for Listed { id, stage, path, .. } in listed(git, "ls-files", arguments)? {
        if all.last().is_none_or(|(last, _)| *last != path) {
            all.push((path, Stages::default()));
        }
        if let Some(slot) = all.last_mut().and_then(|(_, stages)| stages.get_mut(stage.wrapping_sub(1))) {
            *slot = Some(id);
        }
    }
    Ok(all)
}

/// More paths than this are counted, not named.
const NAMED: usize = 3;

/// Refuses while a file of the repository is in conflict: `git add` and a commit would mark it as resolved.
pub(crate) fn nothing_unmerged(git: &Git) -> Result<(), GitError> {
    let unmerged = with_stages(git, &["-u"])?;
    if unmerged.is_empty() {
        return Ok(());
    }
    let mut names: Vec<String> =
        unmerged.iter().take(NAMED).map(|(path, _)| format!("`{}`", escape::line(path))).collect();
    if unmerged.len() > NAMED {
        names.push(Count::of(unmerged.len() - NAMED, "other file").to_string());
    }
    let is_vaults = unmerged.iter().any(|(path, _)| git.inside(path).is_some());
    Err(GitError::Unmerged { paths: names.join(", "), is_vaults })
}

/// Documents with more than one signature that git considers merged: somebody added the file with its conflict markers,
/// or a merge elsewhere concatenated both sides. If git no longer knows the two sides, there are no objects.
fn glued(git: &Git, unmerged: &[Conflicted]) -> Result<Vec<Conflicted>, GitError> {
    let listed = git.run(&["ls-files", "-z", "--", &pathspec(git)])?;
    let Ok(root) = Directory::open(&git.top.join(&git.prefix)) else { return Ok(Vec::new()) };
    // What cannot be read, or is too large, is no document, and reported as such.
    let is_glued =
        |path: &str| root.read(path, caps::DOCUMENT).is_ok_and(|raw| raw.is_some_and(|raw| has_several(&raw)));
    let mut glued = Vec::new();
    for file in records(&listed).filter_map(|file| std::str::from_utf8(file).ok()) {
        let path = git.inside(file).filter(|path| is_any_document(path) && is_glued(path));
        let Some(path) = path else { continue };
        if !unmerged.iter().any(|one| one.path == path) {
            let (merged, stages) = sides_of_glued(git, file)?;
            glued.push(Conflicted { path: path.to_owned(), cause: Cause::Glued, merged, stages });
        }
    }
    Ok(glued)
}

/// The error for a document with both sides in its file whose objects git no longer knows.
pub(crate) const FORGOTTEN: &str =
    "both sides are in the file, but git no longer knows them; `git checkout COMMIT -- FILE` restores one of them";

/// The sides of a file that holds both. What is staged only was in conflict, which the index remembers; what is committed has
/// its sides in the parents of the last merge that touched it.
fn sides_of_glued(git: &Git, file: &str) -> Result<(Option<[String; 2]>, Stages), GitError> {
    if git.object_at("", file)? == git.object_at("HEAD", file)? {
        return Ok(parents(git, file)?.map(|(merged, stages)| (Some(merged), stages)).unwrap_or_default());
    }
    let known = with_stages(git, &["--resolve-undo", "--", &literal(file)])?;
    Ok((None, known.into_iter().next().map(|(_, stages)| stages).unwrap_or_default()))
}

/// Both parents of the last merge, and the file in their common ancestor and in each; `None` if there was none.
fn parents(git: &Git, file: &str) -> Result<Option<([String; 2], Stages)>, GitError> {
    let merge = git.line(&["rev-list", "-1", "--merges", "--full-history", "--parents", "HEAD", "--", file])?;
    let words: Vec<&str> = merge.split(' ').collect();
    let [_, ours, theirs] = words.as_slice() else { return Ok(None) };
    let base = git.answer(&["merge-base", ours, theirs])?;
    let object = |commit: &str| if commit.is_empty() { Ok(None) } else { git.object_at(commit, file) };
    let merged = [ours, theirs].map(|commit| (*commit).to_owned());
    Ok(Some((merged, [object(&base)?, object(ours)?, object(theirs)?])))
}

/// The history of each conflicted document, on both sides.
pub(crate) fn past(git: &Git, all: &[Conflicted]) -> Result<Past, GitError> {
    let (ended, under_way): (Vec<_>, Vec<_>) = all.iter().partition(|one| one.merged.is_some());
    let paths: Vec<&str> = under_way.iter().map(|one| one.path.as_str()).collect();
    let mut past = Past::of(git, &Heads::under_way(git)?, &paths)?;
    for one in ended {
        if let Some(merged) = &one.merged {
            past.extend(Past::of(git, &Heads::of(merged), &[&one.path])?);
        }
    }
    Ok(past)
}

pub(crate) fn states(git: &Git, all: &[Conflicted]) -> Result<Vec<[Option<Vec<u8>>; 3]>, GitError> {
    let ids: Vec<&str> = all.iter().flat_map(|one| one.stages.iter().flatten()).map(String::as_str).collect();
    let mut blobs = git.blobs(&ids)?.into_iter();
    let mut next = |id: &Option<String>| id.as_ref().and_then(|_| blobs.next());
    Ok(all.iter().map(|one| [next(&one.stages[0]), next(&one.stages[1]), next(&one.stages[2])]).collect())
}

/// Both sides in one file, which no reader accepts as a document.
pub(crate) fn both_sides(ours: &[u8], theirs: &[u8]) -> Vec<u8> {
    let parts: [&[u8]; 5] = [b"<<<<<<< ours\n", ours, b"=======\n", theirs, b">>>>>>> theirs\n"];
    parts.concat()
}
