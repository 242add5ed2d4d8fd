//! How a trust chain compares with what this machine has verified of the vault, wherever that was.
//!
//! Directory, branch and `HEAD` play no part, because somebody who can write to a repository chooses them. The one
//! exception is a directory whose chain a person has accepted.

use super::chain::{self, Followed, Link};
use super::error::{Error, Result};
use crate::crypto::framing::sha256;
use crate::format::schema::parse_trust;
use crate::format::trailer;
use crate::machine::{Pin, Pins, RecordOf, State, TrustRecord, WholeSnapshot};
use crate::model::anchor::{Anchor, AnchoredSnapshot};
use crate::model::id::VaultId;
use crate::model::merge::{may_stand, says_all_of};
use crate::model::trust::{Member, Trust};
use crate::store::Files;

/// How the end of a chain compares with the newest snapshot that this machine has verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrustStanding {
    /// It is the newest one.
    Current,
    /// The chain continues it, or says everything that it says, as after a rebase.
    Ahead,
    /// It was verified before, or the newest one says everything that it says: an older checkout, a copy, a branch that
    /// lacks changes.
    Behind {
        /// The number of the newest snapshot.
        seen: u64,
        /// The number of the last snapshot here.
        found: u64,
    },
    /// Each says something that the other does not.
    Fork {
        /// The newest snapshot.
        seen: Pin,
        /// The last snapshot here.
        found: Pin,
    },
}

impl TrustStanding {
    /// Whether nothing that this machine has verified is missing.
    pub fn is_complete(self) -> bool {
        matches!(self, TrustStanding::Current | TrustStanding::Ahead)
    }
}

/// A standing, and the record that it refers to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Judgement {
    pub(super) standing: TrustStanding,
    /// The record that what is verified from here on is added to.
    pub(super) of: RecordOf,
    /// The newest snapshot of that record.
    pub(super) newest: Option<Pin>,
}

/// Compares a chain that was followed to `end` with the records of this machine. An exception of the directory counts
/// where the record of the vault does not have the chain as it is.
pub(super) fn judge(files: &dyn Files, vault: &VaultId, state: &State, pins: &Pins, end: &Link) -> Result<Judgement> {
    let judged = |of: RecordOf| {
        let record = TrustRecord::load(state, of);
        let record = if of == RecordOf::Vault { record.with_pins(pins.all()) } else { record };
        let newest = record.newest().map(|newest| newest.pin);
        let standing = Comparison { files, vault, record, end }.standing()?;
        Ok::<_, Error>(Judgement { standing, of, newest })
    };
    let anywhere = judged(RecordOf::Vault)?;
    if anywhere.standing.is_complete() || TrustRecord::load(state, RecordOf::Directory).is_empty() {
        return Ok(anywhere);
    }
    let here = judged(RecordOf::Directory)?;
    let is_fork = |standing| matches!(standing, TrustStanding::Fork { .. });
    let is_better = here.standing.is_complete() || (is_fork(anywhere.standing) && !is_fork(here.standing));
    Ok(if is_better { here } else { anywhere })
}

/// Refuses a chain that lacks what was verified on this directory and branch, unless the vault's record says that something newer
/// has taken its place, and one that is a fork of what this machine has verified.
pub(super) fn admit(state: &State, pins: &Pins, followed: &Followed, judgement: &Judgement) -> Result<()> {
    let found = followed.end.pin();
    if let Some(seen) = pins.here(state).filter(|_| !followed.has_pin) {
        let anywhere = judgement.of == RecordOf::Vault && judgement.standing.is_complete();
        if !(anywhere && TrustRecord::load(state, RecordOf::Vault).contains(seen)) {
            let is_shorter = found.rev < seen.rev;
            let rollback = || Error::TrustRollback { seen: seen.rev, found: found.rev };
            return Err(if is_shorter { rollback() } else { Error::OtherTrust { seen, found } });
        }
    }
    match judgement.standing {
        TrustStanding::Fork { seen, found } => Err(Error::OtherTrust { seen, found }),
        _ => Ok(()),
    }
}

/// Refuses a chain that does not contain the snapshot of an anchor.
pub(super) fn check_anchor(files: &dyn Files, vault: &VaultId, end: &Link, anchor: Option<Anchor>) -> Result<()> {
    let Some(wanted) = anchor.and_then(|anchor| anchor.snapshot) else { return Ok(()) };
    let mut link = Some(end.clone());
    while let Some(it) = link.filter(|link| link.trust.rev >= wanted.rev) {
        if AnchoredSnapshot::of(it.trust.rev, &it.hash) == wanted {
            return Ok(());
        }
        link = chain::before(files, vault, &it)?;
    }
    Err(Error::NotAnchored { expected: wanted.rev, end: end.trust.rev })
}

struct Comparison<'a> {
    files: &'a dyn Files,
    vault: &'a VaultId,
    record: TrustRecord,
    end: &'a Link,
}

impl Comparison<'_> {
    fn standing(&self) -> Result<TrustStanding> {
        let (ends, found) = (self.record.ends(), self.end.pin());
        let Some(seen) = ends.first().copied() else { return Ok(TrustStanding::Ahead) };
        if ends.contains(&found) {
            return Ok(TrustStanding::Current);
        }
        for pin in ends.iter().filter(|pin| pin.rev < found.rev) {
            if chain::contains(self.files, self.vault, self.end, *pin)? {
                return Ok(TrustStanding::Ahead);
            }
        }
        if self.record.contains(found) || self.record.has_dropped(found.rev) {
            return Ok(TrustStanding::Behind { seen: seen.rev, found: found.rev });
        }
        let fork = TrustStanding::Fork { seen, found };
        match self.record.newest() {
            Some(newest) => Ok(self.said_by(&newest.bytes)?.unwrap_or(fork)),
            None => Ok(fork),
        }
    }

    /// Compares what this chain says with what the newest snapshot says; `None` if each says something of its own.
    fn said_by(&self, newest: &[u8]) -> Result<Option<TrustStanding>> {
        let Some(newest) = read(newest, self.vault) else { return Ok(None) };
        let Some((base, after)) = self.since_verified()? else { return Ok(None) };
        let end = &self.end.trust;
        let may_all_stand = || after.iter().all(|snapshot| may_stand(&snapshot.by, &base, &newest));
        Ok(if says_all_of(&base, &after, &newest, &fingerprint) {
            Some(TrustStanding::Ahead)
        } else if may_all_stand() && says_all_of(&base, std::slice::from_ref(&newest), end, &fingerprint) {
            Some(TrustStanding::Behind { seen: newest.rev, found: end.rev })
        } else {
            None
        })
    }

    /// The last snapshot of this chain that was verified before, or the first one, and all after it; `None` if one of them is not here.
    fn since_verified(&self) -> Result<Option<(Trust, Vec<Trust>)>> {
        let (mut link, mut after) = (self.end.clone(), Vec::new());
        while !self.record.contains(link.pin()) && link.trust.rev > 1 {
            let Some(before) = chain::before(self.files, self.vault, &link)? else { return Ok(None) };
            after.push(std::mem::replace(&mut link, before).trust);
        }
        after.reverse();
        Ok(Some((link.trust, after)))
    }
}

/// The last snapshot of a chain with its file.
pub(super) fn whole(files: &dyn Files, end: &Link) -> Result<Option<WholeSnapshot>> {
    let bytes = chain::read(files, end.trust.rev)?.filter(|bytes| sha256(bytes) == end.hash);
    Ok(bytes.map(|bytes| WholeSnapshot { pin: end.pin(), bytes }))
}

/// The newest snapshot that this machine has verified anywhere.
pub(super) fn newest_verified(state: &State, vault: &VaultId) -> Option<Trust> {
    TrustRecord::load(state, RecordOf::Vault).newest().and_then(|newest| read(&newest.bytes, vault))
}

fn read(bytes: &[u8], vault: &VaultId) -> Option<Trust> {
    parse_trust(trailer::split(bytes).ok()?.body, vault).ok()
}

/// The first 8 bytes of the hash of a member's signing key.
pub(super) fn fingerprint(member: &Member) -> [u8; 8] {
    let hash = sha256(&member.sign);
    std::array::from_fn(|at| hash[at])
}
