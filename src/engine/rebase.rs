//! Two branches that both changed members or keys: the changes of one, re-signed on top of the other's.
//!
//! Both chains are verified from the genesis before anything is signed. The signer is an admin on both, and no change
//! is accepted from somebody whose right the other side has revoked: neither a removed admin's late changes nor a chain
//! that forks off before the removal can be brought in this way. Such a side can only be discarded as a whole.

use super::chain::{self, Link};
use super::error::{Error, Result};
use super::trust_standing::{Judgement, fingerprint, judge};
use super::vault::Vault;
use crate::crypto::framing::sha256;
use crate::format::caps;
use crate::format::path::trust_path;
use crate::machine::{Pin, Pins, RecordOf};
use crate::model::merge::{Conflict, Side, may_stand, merge_trust};
use crate::model::time::Timestamp;
use crate::model::trust::{Role, Trust};
use crate::store::{Expect, Files};

/// What has to be re-signed.
#[derive(Debug)]
pub struct Rebase {
    /// The last snapshot that both sides have.
    pub base: Trust,
    /// What the kept side has on top of it.
    pub kept: Vec<Trust>,
    /// What the other side has on top of it, and what is reapplied.
    pub moved: Vec<Trust>,
    /// What the other side has on top of it, and what is discarded: changes by somebody who is not allowed to make them
    /// here.
    pub dropped: Vec<Trust>,
    /// The files of the kept side.
    files: Vec<(String, Vec<u8>)>,
    /// The hash of the last of them.
    hash: [u8; 32],
    /// The states to be signed, each on top of the previous one.
    next: Vec<Trust>,
    /// The kept side is the one that the vault was opened at.
    stays_here: bool,
    /// The record of this machine that has one of the sides.
    record: RecordOf,
    /// The snapshots that are re-signed: this machine has verified them.
    verified: Vec<Pin>,
}

impl Rebase {
    /// One side alone, without the changes of the other.
    fn alone(base: &Trust, stays: &[Link], branch: &dyn Files, dropped: &[Link]) -> Result<Rebase> {
        let mut files = Vec::new();
        for path in stays.iter().map(|link| trust_path(link.trust.rev)) {
            files.extend(branch.read(&path, caps::SMALL_DOCUMENT)?.map(|bytes| (path, bytes)));
        }
        Ok(Rebase {
            base: base.clone(),
            kept: states(stays),
            moved: Vec::new(),
            dropped: states(dropped),
            files,
            hash: stays.last().map(|link| link.hash).unwrap_or_default(),
            next: Vec::new(),
            stays_here: true,
            record: RecordOf::Vault,
            verified: Vec::new(),
        })
    }

    /// One side alone, which is not the one that the vault was opened at.
    fn instead(base: &Trust, moves: &[Link], branch: &dyn Files, dropped: &[Link]) -> Result<Rebase> {
        Ok(Rebase { stays_here: false, ..Rebase::alone(base, moves, branch, dropped)? })
    }

    /// Whether the kept side contains everything in the other one.
    pub(crate) fn is_empty(&self) -> bool {
        self.next.is_empty() && self.dropped.is_empty() && self.stays_here
    }
}

/// Whether the changes of two branches can be combined.
#[derive(Debug)]
pub enum RebaseOutcome {
    /// They do.
    Planned(Box<Rebase>),
    /// No rule decides.
    Conflicts(Vec<Conflict>),
}

/// Two chains of one vault, from their fork point.
struct Fork {
    base: Trust,
    stays: Vec<Link>,
    moves: Vec<Link>,
}

impl Fork {
    fn of(mut stays: Vec<Link>, mut moves: Vec<Link>) -> Result<Fork> {
        let common = stays.iter().zip(&moves).take_while(|(one, other)| one.hash == other.hash).count();
        let base = common.checked_sub(1).map(|at| stays[at].trust.clone());
        let base = base.ok_or(Error::Internal("two chains of one vault have no common snapshot"))?;
        Ok(Fork { base, stays: stays.split_off(common), moves: moves.split_off(common) })
    }

    fn end<'a>(&'a self, side: &'a [Link]) -> &'a Trust {
        side.last().map_or(&self.base, |link| &link.trust)
    }

    fn joined(&self, kept: &dyn Files, moved: &dyn Files, prefer: Option<Side>) -> Result<RebaseOutcome> {
        let Fork { base, stays, moves } = self;
        let fallen = [self.fallen(moves, stays), self.fallen(stays, moves)];
        let [ours, theirs] = &fallen;
        let plan = match prefer {
            _ if ours.is_empty() && theirs.is_empty() => match replayed(base, moves, self.end(stays), prefer) {
                Ok(next) => {
                    let moved = if next.is_empty() { Vec::new() } else { states(moves) };
                    let verified = moves.iter().map(Link::pin).collect();
                    Rebase { moved, next, verified, ..Rebase::alone(base, stays, kept, &[])? }
                }
                Err(conflicts) => return Ok(RebaseOutcome::Conflicts(conflicts)),
            },
            Some(Side::Ours) if ours.is_empty() => Rebase::instead(base, moves, moved, stays)?,
            Some(Side::Theirs) if theirs.is_empty() => Rebase::alone(base, stays, kept, moves)?,
            _ => return Ok(RebaseOutcome::Conflicts(fallen.concat())),
        };
        Ok(RebaseOutcome::Planned(plan.into()))
    }

    /// Snapshots of one side by somebody whose right the other side has revoked.
    fn fallen(&self, side: &[Link], other: &[Link]) -> Vec<Conflict> {
        let other = self.end(other);
        let authors = side.iter().map(|link| &link.trust).filter(|trust| !may_stand(&trust.by, &self.base, other));
        let told = authors.map(|trust| {
            Conflict::new(format!("snapshot {} is by `{}`, who is not an admin on the other side", trust.rev, trust.by))
        });
        told.collect()
    }
}

impl Vault<'_> {
    /// Plans the changes of `moved` on top of `kept`, at whose end this vault was opened. `None` if `kept` continues
    /// `moved`; nothing is signed if `moved` continues `kept`. If no rule decides, `prefer` does: `Side::Ours` is the
    /// moved one.
    pub fn plan_rebase(
        &self,
        kept: &dyn Files,
        moved: &dyn Files,
        prefer: Option<Side>,
    ) -> Result<Option<RebaseOutcome>> {
        let (stays, moves) = (chain::links(kept, &self.id)?, chain::links(moved, &self.id)?);
        if stays.last().is_none_or(|end| end.hash != self.trust().hash) {
            return Err(Error::TrustMoved);
        }
        self.check_pinned([&stays, &moves])?;
        let record = self.recorded([(kept, &stays), (moved, &moves)])?;
        let fork = Fork::of(stays, moves)?;
        if fork.moves.is_empty() {
            return Ok(None);
        }
        if fork.stays.is_empty() {
            let plan = Rebase { record, ..Rebase::instead(&fork.base, &fork.moves, moved, &[])? };
            return Ok(Some(RebaseOutcome::Planned(plan.into())));
        }
        self.require_admin_of(fork.end(&fork.moves))?;
        Ok(Some(match fork.joined(kept, moved, prefer)? {
            RebaseOutcome::Planned(plan) => RebaseOutcome::Planned(Rebase { record, ..*plan }.into()),
            RebaseOutcome::Conflicts(conflicts) => RebaseOutcome::Conflicts(conflicts),
        }))
    }

    /// Writes the kept side and signs the changes of the other on top. Can be repeated after a crash at any point.
    /// Returns what was written or removed, relative to the vault. Moves this machine's pin: it has verified both
    /// sides.
    pub fn rebase(&self, plan: &Rebase, now: Timestamp) -> Result<Vec<String>> {
        let mut writing = self.writing_on_any_chain(now)?;
        self.require_current_format()?;
        if let Some(end) = plan.kept.last() {
            self.set_trust(Link { trust: end.clone(), hash: plan.hash });
        }
        let mut files = plan.files.clone();
        for next in &plan.next {
            files.push(writing.advance(next.clone())?);
        }
        let mut changed: Vec<String> = files.iter().map(|(path, _)| path.clone()).collect();
        for (path, bytes) in files {
            writing.put_file(&path, bytes, Expect::Any);
        }
        writing.publish()?;
        self.ledger.note_state(self.remember_rebased(plan.record, &plan.verified));
        let end = self.trust().rev;
        let beyond = plan.dropped.iter().map(|trust| trust.rev).filter(|rev| *rev > end).map(trust_path);
        for path in beyond {
            writing.remove_file(&path);
            changed.push(path);
        }
        writing.publish()?;
        Ok(changed)
    }

    /// What this machine has verified must be on one of the sides, or be what an interrupted rebase has written: two
    /// chains that both lack it are a rewritten history.
    fn check_pinned(&self, sides: [&[Link]; 2]) -> Result<()> {
        let Some(home) = self.state.after_rebase() else { return Ok(()) };
        let Some(pin) = Pins::load(&home)?.here(&home) else { return Ok(()) };
        let is_on_a_side = sides.iter().any(|side| side.iter().any(|link| link.pin() == pin));
        let lies_here =
            || Ok::<_, Error>(self.files.read(&trust_path(pin.rev), caps::SMALL_DOCUMENT)?.map(|it| sha256(&it)));
        if is_on_a_side || lies_here()? == Some(pin.hash) { Ok(()) } else { Err(Error::TrustFork(pin.rev)) }
    }

    /// The same for what this machine has verified anywhere: the record that has one of the sides.
    fn recorded(&self, sides: [(&dyn Files, &[Link]); 2]) -> Result<RecordOf> {
        let pins = Pins::load(&self.state)?;
        for (files, links) in sides {
            let end = links.last().ok_or(Error::Internal("a chain without snapshots"))?;
            let judgement = judge(files, &self.id, &self.state, &pins, end)?;
            if judgement.standing.is_complete() {
                return Ok(judgement.of);
            }
        }
        let Judgement { newest, of, .. } = self.judgement();
        match newest.map(|newest| chain::known(&*self.files, &self.id, newest)).transpose()?.flatten() {
            Some(_) => Ok(of),
            None => self.require_complete_trust().map(|()| of),
        }
    }

    /// The signer must be an admin of both sides, with the same key.
    fn require_admin_of(&self, other: &Trust) -> Result<()> {
        let me = self.require_admin()?;
        let admin = other.member_by_key(&me.sign).filter(|member| member.role == Role::Admin);
        admin.map(drop).ok_or_else(|| Error::NotAnAdmin(me.name.clone()))
    }
}

/// Whether a chain contains everything of another one that it does not continue, as after the changes of the other were
/// re-signed on top of it. Later changes, such as removing somebody whom the other side had added, do not count.
pub(super) fn holds_all_of(chain: Vec<Link>, other: Vec<Link>) -> bool {
    let Ok(fork) = Fork::of(chain, other) else { return false };
    (1..=fork.stays.len()).any(|end| {
        let (stays, moves) = (&fork.stays[..end], &fork.moves);
        let may_stand = fork.fallen(moves, stays).is_empty() && fork.fallen(stays, moves).is_empty();
        may_stand && replayed(&fork.base, moves, fork.end(stays), None).is_ok_and(|missing| missing.is_empty())
    })
}

fn states(links: &[Link]) -> Vec<Trust> {
    links.iter().map(|link| link.trust.clone()).collect()
}

/// The states of the moved snapshots on top of the other side.
///
/// A change that the other side has made too is left out, unless the chain would then end before the last number that a
/// document may refer to.
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
