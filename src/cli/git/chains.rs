//! The two trust chains of a merge: the one that is kept, and the one whose changes are reapplied on top of it.

use std::sync::Arc;

use super::program::Git;
use crate::cli::git::error::GitError;
use crate::format::path::{decode_trust, trust_path};
use crate::model::merge::Side;
use crate::store::Memory;

/// Two chains of one vault.
pub(crate) struct Chains {
    /// The kept one.
    pub(crate) kept: Arc<Memory>,
    /// Its changes are re-signed.
    pub(crate) moved: Arc<Memory>,
    /// Which of git's sides the moved one is.
    pub(crate) moved_is: Side,
    /// A description of the kept side.
    pub(crate) kept_name: String,
}

/// What git calls the commit that is merged, picked or rebased.
const OTHERS: [&str; 3] = ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REBASE_HEAD"];

impl Chains {
    /// The chains that are in conflict, or whose merge has kept only one side; `None` if there are none.
    ///
    /// In a merge the incoming branch stays, unless only ours is in the upstream branch already; in a rebase and a
    /// cherry-pick what is there stays. So the side that others are likely to have seen is not re-signed.
    pub(crate) fn of(git: &Git, commit: Option<&str>) -> Result<Option<Chains>, GitError> {
        if let Some(commit) = commit {
            let moved = resolved(git, commit)?.ok_or_else(|| GitError::NoCommit(commit.to_owned()))?;
            return Ok(Some(Chains::new(git, "HEAD", &moved, Side::Theirs)?));
        }
        if is_in_conflict(git)? {
            return in_progress(git);
        }
        let merge = git.output(&["rev-list", "-1", "--merges", "--parents", "HEAD"])?;
        let text = String::from_utf8_lossy(&merge.stdout).trim().to_owned();
        let here = snapshots(git, "HEAD")?;
        for (at, parent) in text.split(' ').skip(1).enumerate() {
            let moved = snapshots(git, parent)?;
            if !has_all(&here, &moved) {
                let moved_is = if at == 0 { Side::Ours } else { Side::Theirs };
                return Ok(Some(Chains { kept: here, moved, moved_is, kept_name: "HEAD".into() }));
            }
        }
        Ok(None)
    }

    fn new(git: &Git, kept: &str, moved: &str, moved_is: Side) -> Result<Chains, GitError> {
        Ok(Chains { kept: snapshots(git, kept)?, moved: snapshots(git, moved)?, moved_is, kept_name: kept.to_owned() })
    }
}

/// Whether git has left a conflict in the trust chain.
pub(crate) fn is_in_conflict(git: &Git) -> Result<bool, GitError> {
    Ok(!git.run(&["ls-files", "-u", "-z", "--", &directory(git)])?.is_empty())
}

fn in_progress(git: &Git) -> Result<Option<Chains>, GitError> {
    for name in OTHERS {
        let Some(other) = resolved(git, name)? else { continue };
        let ours_is_public = name == "MERGE_HEAD" && !is_upstream(git, &other)? && is_upstream(git, "HEAD")?;
        return if name == "MERGE_HEAD" && !ours_is_public {
            Chains::new(git, &other, "HEAD", Side::Ours).map(|it| Some(Chains { kept_name: name.into(), ..it }))
        } else {
            Chains::new(git, "HEAD", &other, Side::Theirs).map(Some)
        };
    }
    // A stash that was put away is no commit that git names: only the index has its side.
    let (kept, moved) = (snapshots(git, "HEAD")?, of_index(git)?);
    Ok(Some(Chains { kept, moved, moved_is: Side::Theirs, kept_name: "HEAD".into() }))
}

/// The chain of their side, as the index has it: the snapshots in conflict, those before them, and those that only they have.
fn of_index(git: &Git) -> Result<Arc<Memory>, GitError> {
    let (raw, here) = (git.run(&["ls-files", "-s", "-z", "--", &directory(git)])?, snapshots(git, "HEAD")?);
    let mut entries = Vec::new();
    for record in raw.split(|&byte| byte == 0).filter(|record| !record.is_empty()) {
        let text = String::from_utf8_lossy(record);
        let (head, path) = text.split_once('\t').ok_or(GitError::Answer("ls-files"))?;
        let mut words = head.split(' ').skip(1).map(str::to_owned);
        let (Some(id), Some(stage)) = (words.next(), words.next()) else { return Err(GitError::Answer("ls-files")) };
        entries.extend(git.inside(path).map(|path| (path.to_owned(), id, stage)));
    }
    let first = entries.iter().find(|(_, _, stage)| stage != "0").map(|(path, ..)| path.clone()).unwrap_or_default();
    let is_theirs = |path: &String, stage: &str| match stage {
        "0" => *path < first || here.get(path).is_none(),
        stage => stage == "3",
    };
    entries.retain(|(path, _, stage)| decode_trust(path).is_some() && is_theirs(path, stage));
    let blobs = git.blobs(&entries.iter().map(|(_, id, _)| id.as_str()).collect::<Vec<_>>())?;
    Ok(Arc::new(Memory::new("branch", entries.into_iter().map(|(path, ..)| path).zip(blobs))))
}

/// Whether the upstream of this branch has a commit's whole chain.
fn is_upstream(git: &Git, commit: &str) -> Result<bool, GitError> {
    let Some(upstream) = resolved(git, "@{upstream}")? else { return Ok(false) };
    let (chain, theirs) = (snapshots(git, commit)?, snapshots(git, &upstream)?);
    Ok(has_all(&theirs, &chain))
}

fn resolved(git: &Git, name: &str) -> Result<Option<String>, GitError> {
    let found = git.output(&["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{name}^{{commit}}")])?;
    let id = String::from_utf8_lossy(&found.stdout).trim().to_owned();
    Ok((!id.is_empty()).then_some(id))
}

/// Whether a chain has every snapshot of another one.
fn has_all(chain: &Memory, other: &Memory) -> bool {
    other.paths().iter().all(|path| chain.get(path) == other.get(path))
}

/// Every snapshot in a commit.
pub(crate) fn snapshots(git: &Git, commit: &str) -> Result<Arc<Memory>, GitError> {
    let raw = git.run(&["ls-tree", "-z", "-r", "--full-tree", commit, "--", &git.outside("trust/")])?;
    let mut entries = Vec::new();
    for record in raw.split(|&byte| byte == 0).filter(|record| !record.is_empty()) {
        let text = String::from_utf8_lossy(record);
        let (head, path) = text.split_once('\t').ok_or(GitError::Answer("ls-tree"))?;
        let id = head.rsplit(' ').next().ok_or(GitError::Answer("ls-tree"))?;
        if let Some(path) = git.inside(path).filter(|path| decode_trust(path).is_some()) {
            entries.push((path.to_owned(), id.to_owned()));
        }
    }
    let ids: Vec<&str> = entries.iter().map(|(_, id)| id.as_str()).collect();
    let blobs = git.blobs(&ids)?;
    Ok(Arc::new(Memory::new("branch", entries.into_iter().map(|(path, _)| path).zip(blobs))))
}

/// The directory of the trust chain as a git path.
pub(crate) fn directory(git: &Git) -> String {
    let first = git.outside(&trust_path(1));
    format!(":(literal){}", first.rsplit_once('/').map_or("trust", |(directory, _)| directory))
}
