//! The states that documents had before a merge, on each of its sides.

use std::collections::{BTreeMap, BTreeSet};

use super::cat_file::Objects;
use super::entry::{Entry, entries, is_none};
use super::error::GitError;
use super::program::{Git, literal};
use crate::engine::Vault;
use crate::format::{caps, trailer};

/// The commits that a merge joins, as far as git knows.
pub(crate) struct Heads {
    ours: String,
    /// Only of a merge of two. In other cases, such as a cherry-pick, their side is a change, not a branch.
    theirs: Option<String>,
}

impl Heads {
    /// What is checked out, and the commit that is merged into it.
    pub(crate) fn here(theirs: Option<String>) -> Self {
        Heads { ours: "HEAD".into(), theirs }
    }

    pub(crate) fn of([ours, theirs]: &[String; 2]) -> Self {
        Heads { ours: ours.clone(), theirs: Some(theirs.clone()) }
    }

    /// The merge in progress.
    pub(crate) fn under_way(git: &Git) -> Result<Self, GitError> {
        let text = std::fs::read_to_string(git.own_file("MERGE_HEAD")?).unwrap_or_default();
        let mut merged = text.lines().map(str::to_owned);
        let first = merged.next();
        Ok(Heads::here(first.filter(|_| merged.next().is_none())))
    }
}

/// States of files, by the path below the vault.
type States = BTreeMap<String, Vec<Vec<u8>>>;

/// Earlier states of documents on both sides of a merge.
#[derive(Default)]
pub(crate) struct Past {
    ours: States,
    theirs: States,
}

impl Past {
    /// The states that each side had since the fork point, or ever had if that is not known.
    pub(crate) fn of(git: &Git, heads: &Heads, paths: &[&str]) -> Result<Self, GitError> {
        if paths.is_empty() {
            return Ok(Past::default());
        }
        // One run of git for both sides: the merge driver does this for each file.
        let [ours, theirs] = match &heads.theirs {
            Some(theirs) => split(&log(git, &format!("{}...{theirs}", heads.ours), MARKED, paths)?)?,
            None => [entries(&log(git, &heads.ours, PLAIN, paths)?)?, Vec::new()],
        };
        let mut objects = Objects::of(git)?;
        Ok(Past { ours: states(git, &mut objects, ours)?, theirs: states(git, &mut objects, theirs)? })
    }

    /// Both histories of one document, ours first.
    pub(crate) fn at(&self, path: &str) -> [&[Vec<u8>]; 2] {
        [&self.ours, &self.theirs].map(|states| states.get(path).map_or(&[][..], Vec::as_slice))
    }

    pub(crate) fn extend(&mut self, other: Past) {
        self.ours.extend(other.ours);
        self.theirs.extend(other.theirs);
    }
}

/// Whether the document at a path is a state that a commit of this branch has already changed: somebody brought it back.
pub(crate) fn was_left_behind(vault: &Vault<'_>, path: &str) -> bool {
    let same = |raw: Vec<u8>, here: &Vec<u8>| trailer::normalise(raw).is_ok_and(|raw| raw == *here);
    let find = || {
        let git = Git::around(vault.path())?;
        let Ok(Some(here)) = git.work_document(path) else { return Ok(false) };
        let here = trailer::normalise(here).map_err(std::io::Error::other)?;
        let mut objects = Objects::of(&git)?;
        for entry in entries(&log(&git, "HEAD", PLAIN, &[path])?)?.iter().filter(|entry| !is_none(&entry.old)) {
            if objects.read(&entry.old, caps::DOCUMENT)?.is_some_and(|raw| same(raw, &here)) {
                return Ok::<_, GitError>(true);
            }
        }
        Ok(false)
    };
    // Without git nobody can tell.
    find().unwrap_or(false)
}

/// What the files were in each commit that changed them, and before it.
fn states(git: &Git, objects: &mut Objects, changes: Vec<Entry>) -> Result<States, GitError> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in changes {
        if let Some(path) = git.inside(&entry.path) {
            let ids = [entry.old, entry.new].into_iter().filter(|id| !is_none(id));
            found.entry(path.to_owned()).or_default().extend(ids);
        }
    }
    let mut states = States::new();
    for (path, ids) in found {
        let read: Result<Vec<_>, _> = ids.iter().map(|id| objects.read(id, caps::DOCUMENT)).collect();
        states.insert(path, read?.into_iter().flatten().collect());
    }
    Ok(states)
}

/// Nothing before the changes of a commit.
const PLAIN: &str = "--format=";
/// The side of a commit before its changes.
const MARKED: &str = "--format=%m";

/// Every change of the files in these commits, compared with each parent. Of two commits with `...` between them, git shows the
/// commits that only one of them has.
fn log(git: &Git, commits: &str, format: &str, paths: &[&str]) -> Result<Vec<u8>, GitError> {
    let files: Vec<String> = paths.iter().map(|path| literal(&git.outside(path))).collect();
    let mut arguments = vec!["log", "-z", "-m", "--full-history", format, "--raw", "--no-abbrev", "--no-renames"];
    arguments.extend(["--no-show-signature", commits, "--"]);
    arguments.extend(files.iter().map(String::as_str));
    git.run(&arguments)
}

/// The changes of either side of a log that is [`MARKED`]: a commit begins with `<` or `>`, a NUL and a line feed.
fn split(log: &[u8]) -> Result<[Vec<Entry>; 2], GitError> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let mut rest = log;
    while let [side, 0, b'\n', commit @ ..] = rest {
        let end = commit.windows(3).position(|bytes| matches!(bytes, [b'<' | b'>', 0, b'\n'])).unwrap_or(commit.len());
        let side = if *side == b'<' { &mut ours } else { &mut theirs };
        side.extend(entries(&commit[..end])?);
        rest = &commit[end..];
    }
    if rest.is_empty() { Ok([ours, theirs]) } else { Err(GitError::Answer("log")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_changes_of_both_sides_are_told_apart() {
        let log = b">\0\n:100644 100644 a1 b1 M\0p\0:000000 100644 00 c1 A\0q\0<\0\n:100644 100644 a2 b2 M\0p\0>\0\n:100644 100644 a3 b3 M\0p\0";
        let sides = split(log).unwrap().map(|side| side.into_iter().map(|entry| entry.new).collect::<Vec<_>>());
        assert_eq!(sides, [vec!["b2"], vec!["b1", "c1", "b3"]]);
        assert!(split(b"").unwrap().iter().all(Vec::is_empty));
        assert!(split(b":100644 100644 a1 b1 M\0p\0").is_err());
    }
}
