//! The two trust chains of a merge: the one that is kept, and the one whose changes are reapplied on top of it.

use std::sync::Arc;

use super::entry::{Listed, listed};
use super::error::GitError;
use super::program::{Git, literal};
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
            let moved = git.commit(commit)?.ok_or_else(|| GitError::NoCommit(commit.to_owned()))?;
            return Ok(Some(Chains::new(git, "HEAD", &moved, Side::Theirs)?));
        }
        if is_in_conflict(git)? {
            return in_progress(git);
        }
        let merge = git.answer(&["rev-list", "-1", "--merges", "--parents", "HEAD"])?;
        let here = snapshots(git, "HEAD")?;
        for (at, parent) in merge.split(' ').skip(1).enumerate() {
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
        let Some(other) = git.commit(name)? else { continue };
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
    let here = snapshots(git, "HEAD")?;
    let all = listed(git, "ls-files", &["-s", "--", &directory(git)])?;
    let all: Vec<Listed> = all.into_iter().filter_map(|file| file.inside(git)).collect();
    let first = all.iter().find(|file| file.stage != 0).map(|file| file.path.clone()).unwrap_or_default();
    let is_theirs = |file: &Listed| match file.stage {
        0 => file.path < first || here.get(&file.path).is_none(),
        stage => stage == 3,
    };
    chain(git, all.into_iter().filter(is_theirs))
}

/// Whether the upstream of this branch has a commit's whole chain.
fn is_upstream(git: &Git, commit: &str) -> Result<bool, GitError> {
    let Some(upstream) = git.commit("@{upstream}")? else { return Ok(false) };
    let (chain, theirs) = (snapshots(git, commit)?, snapshots(git, &upstream)?);
    Ok(has_all(&theirs, &chain))
}

/// Whether a chain has every snapshot of another one.
fn has_all(chain: &Memory, other: &Memory) -> bool {
    other.paths().iter().all(|path| chain.get(path) == other.get(path))
}

pub(crate) fn snapshots(git: &Git, commit: &str) -> Result<Arc<Memory>, GitError> {
    let all = listed(git, "ls-tree", &["-r", "--full-tree", commit, "--", &git.outside("trust/")])?;
    chain(git, all.into_iter().filter_map(|file| file.inside(git)))
}

/// The snapshots among some files, with their contents.
fn chain(git: &Git, files: impl Iterator<Item = Listed>) -> Result<Arc<Memory>, GitError> {
    let files: Vec<Listed> = files.filter(|file| decode_trust(&file.path).is_some()).collect();
    let blobs = git.blobs(&files.iter().map(|file| file.id.as_str()).collect::<Vec<_>>())?;
    Ok(Arc::new(Memory::new("branch", files.into_iter().map(|file| file.path).zip(blobs))))
}

/// The directory of the trust chain as a git path.
pub(crate) fn directory(git: &Git) -> String {
    let first = git.outside(&trust_path(1));
    literal(first.rsplit_once('/').map_or("trust", |(directory, _)| directory))
}
