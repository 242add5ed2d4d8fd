//! Two branches that both changed members or keys: the changes of one, signed again on top of the other's.
//!
//! Both chains are verified from the genesis before anything is signed. Whoever signs is an admin on both, and nothing stands
//! that was decided by somebody from whom the other side has taken the right: neither a removed admin's late changes nor a
//! chain that forks off before the removal can be brought in this way. Such a side can only be given up as a whole.

use super::chain::{self, Link, Snapshots, Source};
use super::error::{Error, Result};
use super::vault::Vault;
use crate::crypto::framing::sha256;
use crate::model::merge::{Conflict, Side, may_stand, merge_trust};
use crate::model::time::Timestamp;
use crate::model::trust::{Member, Role, Trust};
use crate::store::path::trust_path;
use crate::store::{Pins, caps};

/// What there is to sign again.
#[derive(Debug)]
pub struct Rebase {
    /// The last snapshot that both sides have.
    pub base: Trust,
    /// What the side that stays has on top of it.
    pub kept: Vec<Trust>,
    /// What the other side has on top of it, and what is made again.
    pub moved: Vec<Trust>,
    /// What the other side has on top of it, and what is given up: somebody decided it who may not decide here.
    pub dropped: Vec<Trust>,
    /// The files of the side that stays.
    files: Vec<(u64, Vec<u8>)>,
    /// The hash of the last of them.
    hash: [u8; 32],
    /// The states to be signed, each on top of the one before.
    next: Vec<Trust>,
}

impl Rebase {
    /// One side alone, without what the other one has.
    fn alone(base: &Trust, stays: &[Link], files: &Snapshots, dropped: &[Link]) -> Rebase {
        let file = |link: &Link| Some((link.trust.rev, files.get(&link.trust.rev)?.clone()));
        Rebase {
            base: base.clone(),
            kept: states(stays),
            moved: Vec::new(),
            dropped: states(dropped),
            files: stays.iter().filter_map(file).collect(),
            hash: stays.last().map(|link| link.hash).unwrap_or_default(),
            next: Vec::new(),
        }
    }

    /// Whether the side that stays says everything that the other one says.
    pub fn is_empty(&self) -> bool {
        self.next.is_empty() && self.dropped.is_empty()
    }
}

/// Whether the changes of two branches go together.
#[derive(Debug)]
pub enum RebaseOutcome {
    /// They do.
    Planned(Box<Rebase>),
    /// No rule decides.
    Conflicts(Vec<Conflict>),
}

impl Vault<'_> {
    /// What it takes to have the changes of `moved` on top of `kept`, whose end this vault was opened at. Nothing if `kept` goes
    /// on from `moved`. Where no rule decides, `prefer` does: `Side::Ours` is the moved one.
    pub fn plan_rebase(
        &self,
        kept: &Snapshots,
        moved: &Snapshots,
        prefer: Option<Side>,
    ) -> Result<Option<RebaseOutcome>> {
        let (stays, moves) = (self.links(kept)?, self.links(moved)?);
        let common = stays.iter().zip(&moves).take_while(|(one, other)| one.hash == other.hash).count();
        let (Some(base), Some(end), Some(moved_end)) =
            (common.checked_sub(1).map(|at| &moves[at]), stays.last(), moves.last())
        else {
            return Err(Error::Internal("two chains of one vault have no snapshot in common"));
        };
        if end.hash != self.trust_hash {
            return Err(Error::TrustMoved);
        }
        if common == moves.len() {
            return Ok(None);
        }
        self.require_admin_of(&moved_end.trust)?;
        let base = &base.trust;
        let (stays, moves) = (&stays[common..], &moves[common..]);
        let fallen = [fallen(base, moves, &end.trust), fallen(base, stays, &moved_end.trust)];
        if fallen.iter().any(|side| !side.is_empty()) {
            let [ours, theirs] = &fallen;
            return Ok(Some(match prefer {
                Some(Side::Ours) if ours.is_empty() => {
                    RebaseOutcome::Planned(Rebase::alone(base, moves, moved, stays).into())
                }
                Some(Side::Theirs) if theirs.is_empty() => {
                    RebaseOutcome::Planned(Rebase::alone(base, stays, kept, moves).into())
                }
                _ => RebaseOutcome::Conflicts(fallen.concat()),
            }));
        }
        let next = match replayed(base, moves, &end.trust, prefer) {
            Ok(next) => next,
            Err(conflicts) => return Ok(Some(RebaseOutcome::Conflicts(conflicts))),
        };
        let moved: &[Link] = if next.is_empty() { &[] } else { moves };
        let plan = Rebase { moved: states(moved), next, ..Rebase::alone(base, stays, kept, &[]) };
        Ok(Some(RebaseOutcome::Planned(plan.into())))
    }

    /// Writes the side that stays and signs the changes of the other one on top. May be repeated after a crash, at any point.
    /// Returns what was written or removed, relative to the vault. Moves this machine's pin: it has verified both sides.
    pub fn rebase(&mut self, plan: &Rebase, now: Timestamp) -> Result<Vec<String>> {
        let _lock = self.lock_files()?;
        if let Some(end) = plan.kept.last() {
            (self.trust, self.trust_hash) = (end.clone(), plan.hash);
        }
        let mut files: Vec<(String, Vec<u8>)> =
            plan.files.iter().map(|(rev, bytes)| (trust_path(*rev), bytes.clone())).collect();
        for next in &plan.next {
            files.push(self.append(next.clone(), now)?);
        }
        if !self.dry_run {
            self.root.replace_all(&files)?;
            for (path, bytes) in &files {
                if self.root.read(path, caps::SMALL_DOCUMENT)?.as_deref() != Some(bytes.as_slice()) {
                    return Err(Error::ReadBack(path.clone()));
                }
            }
            if let Some(home) = self.state.after_rebase() {
                self.note_state(Pins::advance(&home, self.pin()));
            }
        }
        let beyond = plan.dropped.iter().map(|trust| trust.rev).filter(|rev| *rev > self.trust.rev);
        let beyond: Vec<String> = beyond.map(trust_path).collect();
        for path in beyond.iter().filter(|_| !self.dry_run) {
            if self.root.exists(path)? {
                self.root.remove(path)?;
            }
        }
        Ok(files.into_iter().map(|(path, _)| path).chain(beyond).collect())
    }

    fn links(&self, files: &Snapshots) -> Result<Vec<Link>> {
        chain::links(Source::Branch(files), &self.id)
    }

    /// Whoever signs must be an admin of both sides, with the same key.
    fn require_admin_of(&self, other: &Trust) -> Result<()> {
        let me = self.require_admin()?;
        let admin = other.member_by_key(&me.sign).filter(|member| member.role == Role::Admin);
        admin.map(drop).ok_or_else(|| Error::NotAnAdmin(me.name.clone()))
    }
}

fn states(links: &[Link]) -> Vec<Trust> {
    links.iter().map(|link| link.trust.clone()).collect()
}

/// Snapshots by somebody whom the other side does not let decide any more.
fn fallen(base: &Trust, links: &[Link], other: &Trust) -> Vec<Conflict> {
    let authors = links.iter().map(|link| &link.trust).filter(|trust| !may_stand(&trust.by, base, other));
    let told = authors.map(|trust| {
        Conflict::new(format!("snapshot {} is by `{}`, who is no admin on the other side", trust.rev, trust.by))
    });
    told.collect()
}

/// The states that the moved snapshots come to on top of the other side.
///
/// A change that the other side has made too is left out, unless that would end the chain before the last number that a
/// document may have been written under.
fn replayed(
    base: &Trust,
    moved: &[Link],
    end: &Trust,
    prefer: Option<Side>,
) -> std::result::Result<Vec<Trust>, Vec<Conflict>> {
    let last = base.rev + moved.len() as u64;
    let (mut before, mut state, mut next) = (base, end.clone(), Vec::new());
    for (at, link) in moved.iter().enumerate() {
        let merged = merge_trust(before, &link.trust, &state, prefer, &fingerprint)?.document;
        let left = (moved.len() - at - 1) as u64;
        if merged != state || end.rev + next.len() as u64 + left < last {
            state = merged;
            next.push(state.clone());
        }
        before = &link.trust;
    }
    Ok(next)
}

fn fingerprint(member: &Member) -> [u8; 8] {
    let hash = sha256(&member.sign);
    std::array::from_fn(|at| hash[at])
}
