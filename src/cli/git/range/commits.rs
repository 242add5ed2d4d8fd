//! The commits of a range, and what each of them changed in the vault, read with a handful of git processes.

use std::collections::{BTreeSet, HashMap};

use crate::cli::git::entry::{Entry, entries};
use crate::cli::git::error::GitError;
use crate::cli::git::program::Git;

/// A commit, as far as it concerns the vault.
pub(super) struct Commit {
    pub(super) id: String,
    pub(super) parents: Vec<String>,
    pub(super) author: String,
    pub(super) email: String,
    pub(super) date: String,
}

/// Git's trees of one commit: the vault's directory, and the directory of its trust chain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Trees {
    pub(super) vault: Option<String>,
    pub(super) trust: Option<String>,
}

/// The trees before and after a change.
type Pair = (String, String);

/// The commits of a range, parents first, with the trees of all of them and of their parents.
pub(super) struct Range {
    pub(super) commits: Vec<Commit>,
    trees: HashMap<String, Trees>,
    changes: HashMap<Pair, Vec<Entry>>,
    empty: String,
}

/// The order of the fields in a record of `git log`.
const FIELDS: usize = 5;
const FORMAT: &str = "--format=%H%x00%P%x00%aN%x00%aE%x00%aI";

impl Range {
    /// Every commit that is in `to` but not in `from`, on any branch.
    pub(super) fn between(git: &Git, from: &str, to: &str) -> Result<Self, GitError> {
        let without = format!("^{from}");
        let raw = git.run(&["log", "-z", "--topo-order", "--reverse", "--no-show-signature", FORMAT, to, &without])?;
        let fields: Vec<String> = raw.split(|&byte| byte == 0).map(|it| String::from_utf8_lossy(it).into()).collect();
        let commits: Vec<Commit> = fields.chunks_exact(FIELDS).map(commit).collect();
        let mut ids: BTreeSet<&str> = commits.iter().map(|commit| commit.id.as_str()).collect();
        ids.extend(commits.iter().flat_map(|commit| &commit.parents).map(String::as_str));
        ids.extend([from, to]);
        let trees = trees(git, &ids.into_iter().collect::<Vec<_>>())?;
        let empty = git.line(&["hash-object", "-t", "tree", "/dev/null"])?;
        let mut range = Range { commits, trees, changes: HashMap::new(), empty };
        range.changes = changes(git, &range.pairs())?;
        Ok(range)
    }

    pub(super) fn trees(&self, commit: &str) -> Trees {
        self.trees.get(commit).cloned().unwrap_or_default()
    }

    /// What a commit changed in the vault relative to one of its parents; relative to nothing, if it has none.
    pub(super) fn changes(&self, parent: Option<&str>, commit: &str) -> &[Entry] {
        self.changes.get(&self.pair(parent, commit)).map_or(&[], Vec::as_slice)
    }

    fn pair(&self, parent: Option<&str>, commit: &str) -> Pair {
        let tree = |commit: &str| self.trees(commit).vault.unwrap_or_else(|| self.empty.clone());
        (parent.map_or_else(|| self.empty.clone(), tree), tree(commit))
    }

    /// Each pair of trees to compare, once.
    fn pairs(&self) -> BTreeSet<Pair> {
        let of = |commit: &Commit| {
            let parents: Vec<Option<&str>> = parents(commit).collect();
            parents.into_iter().map(|parent| self.pair(parent, &commit.id)).collect::<Vec<_>>()
        };
        self.commits.iter().flat_map(of).filter(|(old, new)| old != new).collect()
    }
}

/// The parents of a commit; a first commit has none.
pub(super) fn parents(commit: &Commit) -> impl Iterator<Item = Option<&str>> {
    let nothing = commit.parents.is_empty().then_some(None);
    commit.parents.iter().map(|parent| Some(parent.as_str())).chain(nothing)
}

fn commit(fields: &[String]) -> Commit {
    Commit {
        id: fields[0].clone(),
        parents: fields[1].split(' ').filter(|id| !id.is_empty()).map(str::to_owned).collect(),
        author: fields[2].clone(),
        email: fields[3].clone(),
        date: fields[4].clone(),
    }
}

fn trees(git: &Git, commits: &[&str]) -> Result<HashMap<String, Trees>, GitError> {
    let directory = git.prefix.trim_end_matches('/');
    let trust = git.outside("trust");
    let names = commits.iter().flat_map(|commit| [format!("{commit}:{directory}"), format!("{commit}:{trust}")]);
    let found = git.feed_lines(&["cat-file", "--batch-check=%(objecttype) %(objectname)"], names)?;
    let lines: Vec<Option<String>> =
        String::from_utf8_lossy(&found).lines().map(|line| line.strip_prefix("tree ").map(str::to_owned)).collect();
    if lines.len() != commits.len() * 2 {
        return Err(GitError::Answer("cat-file"));
    }
    let pairs = commits.iter().zip(lines.chunks_exact(2));
    Ok(pairs.map(|(id, two)| ((*id).to_owned(), Trees { vault: two[0].clone(), trust: two[1].clone() })).collect())
}

/// The differences of pairs of trees. Git answers each with a line that repeats the pair, and records behind it.
fn changes(git: &Git, pairs: &BTreeSet<Pair>) -> Result<HashMap<Pair, Vec<Entry>>, GitError> {
    let lines = pairs.iter().map(|(old, new)| format!("{old} {new}"));
    let raw = git.feed_lines(&["diff-tree", "--stdin", "-r", "--raw", "-z", "--no-abbrev", "--no-renames"], lines)?;
    let mut rest = raw.as_slice();
    let mut all = HashMap::new();
    while let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
        let head = String::from_utf8_lossy(&rest[..end]).into_owned();
        let (old, new) = head.split_once(' ').ok_or(GitError::Answer("diff-tree"))?;
        rest = &rest[end + 1..];
        let (records, behind) = rest.split_at(records(rest));
        all.insert((old.to_owned(), new.to_owned()), entries(records)?);
        rest = behind;
    }
    Ok(all)
}

/// The length of the records at the start: each begins with a colon and ends with the second zero byte.
fn records(raw: &[u8]) -> usize {
    let mut length = 0;
    while raw.get(length) == Some(&b':') {
        let zeros = raw[length..].iter().enumerate().filter(|(_, byte)| **byte == 0);
        let Some((end, _)) = { zeros }.nth(1) else { return raw.len() };
        length += end + 1;
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_end_where_the_next_pair_begins() {
        let raw = b":100644 100644 a b M\0p/a\0:0 1 0 c A\0p/b\0d e\n:1 1 a b M\0x\0";
        assert_eq!(&raw[records(raw)..], b"d e\n:1 1 a b M\0x\0");
        assert_eq!(records(b"d e\n"), 0);
        assert_eq!(records(b":1 1 a b M\0x"), 12);
    }
}
