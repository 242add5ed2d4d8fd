//! The states that documents had before a merge, on each of its sides.

use std::collections::{BTreeMap, BTreeSet};

use super::cat_file::Objects;
use super::program::Git;
use crate::cli::git::entry::{Entry, entries, is_none};
use crate::cli::git::error::GitError;
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
        let file = git.top.join(git.line(&["rev-parse", "--git-path", "MERGE_HEAD"])?);
        let text = std::fs::read_to_string(file).unwrap_or_default();
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
        let ours = states(git, &heads.ours, heads.theirs.as_deref(), paths)?;
        let theirs = heads.theirs.as_ref().map(|theirs| states(git, theirs, Some(&heads.ours), paths));
        Ok(Past { ours, theirs: theirs.transpose()?.unwrap_or_default() })
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
        let here = trailer::normalise(std::fs::read(vault.path().join(path))?).map_err(std::io::Error::other)?;
        let git = Git::around(vault.path())?;
        let mut objects = Objects::of(&git)?;
        for entry in changes(&git, "HEAD", None, &[path])?.iter().filter(|entry| !is_none(&entry.old)) {
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
fn states(git: &Git, commit: &str, without: Option<&str>, paths: &[&str]) -> Result<States, GitError> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in changes(git, commit, without, paths)? {
        if let Some(path) = git.inside(&entry.path) {
            let ids = [entry.old, entry.new].into_iter().filter(|id| !is_none(id));
            found.entry(path.to_owned()).or_default().extend(ids);
        }
    }
    let (mut objects, mut states) = (Objects::of(git)?, States::new());
    for (path, ids) in found {
        let read: Result<Vec<_>, _> = ids.iter().map(|id| objects.read(id, caps::DOCUMENT)).collect();
        states.insert(path, read?.into_iter().flatten().collect());
    }
    Ok(states)
}

/// Every change of the files on the way to a commit, compared with each parent.
fn changes(git: &Git, commit: &str, without: Option<&str>, paths: &[&str]) -> Result<Vec<Entry>, GitError> {
    let without = without.map(|without| format!("^{without}"));
    let files: Vec<String> = paths.iter().map(|path| format!(":(literal){}", git.outside(path))).collect();
    let mut arguments = vec!["log", "-z", "-m", "--full-history", "--format=", "--raw", "--no-abbrev", "--no-renames"];
    arguments.extend(["--no-show-signature", commit]);
    arguments.extend(without.as_deref());
    arguments.push("--");
    arguments.extend(files.iter().map(String::as_str));
    entries(&git.run(&arguments)?)
}
