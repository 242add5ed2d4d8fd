//! The trust chain: from a known good snapshot, verified forward to the last one (FORMAT.md, trust chain).

use std::collections::BTreeSet;
use std::ops::Deref;

use super::error::{Error, Result};
use super::introduction::Introduction;
use super::tampering::Tampering;
use crate::crypto::framing::{document_message, genesis_id, sha256};
use crate::crypto::sign::VerifyingKey;
use crate::format::path::trust_path;
use crate::format::schema::parse_trust;
use crate::format::trailer::{self, Signed};
use crate::format::{FormatError, caps};
use crate::machine::{Pin, Pins, RecordOf, State, TrustRecord};
use crate::model::format::Format;
use crate::model::id::VaultId;
use crate::model::name::MemberName;
use crate::model::trust::{Role, Trust};
use crate::model::trust_step::taken_back;
use crate::store::Files;

/// No more new snapshots than this are followed at once.
const STEPS_LIMIT: u64 = 10_000;

/// A verified snapshot: its trust state, and the hash that identifies it.
#[derive(Debug, Clone)]
pub struct Link {
    /// The state.
    pub trust: Trust,
    /// SHA-256 of the whole file.
    pub hash: [u8; 32],
}

impl Deref for Link {
    type Target = Trust;

    fn deref(&self) -> &Trust {
        &self.trust
    }
}

/// A chain that was followed to its end.
pub(super) struct Followed {
    /// Whether it contains the pin of this directory and branch.
    pub(super) has_pin: bool,
    /// The last snapshot.
    pub(super) end: Link,
}

impl Link {
    pub(super) fn pin(&self) -> Pin {
        Pin { rev: self.trust.rev, hash: self.hash }
    }
}

/// Follows the chain to its end. Starts at the pin of this directory and branch, otherwise at the last snapshot of this
/// chain that this machine has verified anywhere, otherwise at the genesis, whose hash is the vault's id.
pub(super) fn follow(files: &dyn Files, vault: &VaultId, state: &State, pins: &Pins) -> Result<Followed> {
    let pinned = pins.here(state).map(|pin| known(files, vault, pin)).transpose()?.flatten();
    let has_pin = pinned.is_some();
    let verified = || pins.all().chain(TrustRecord::load(state, RecordOf::Vault).snapshots()).collect();
    let start = pinned.map_or_else(|| start(files, vault, &verified()), Ok)?;
    Ok(Followed { has_pin, end: to_end(files, vault, start)? })
}

/// Follows the chain from its genesis to its end, regardless of what this machine has verified before.
pub(super) fn follow_from_genesis(files: &dyn Files, vault: &VaultId) -> Result<Followed> {
    Ok(Followed { has_pin: false, end: to_end(files, vault, genesis(files, vault)?)? })
}

fn to_end(files: &dyn Files, vault: &VaultId, mut link: Link) -> Result<Link> {
    for _ in 0..STEPS_LIMIT {
        match step(files, vault, &link)? {
            Some(next) => link = next,
            None => return Ok(link),
        }
    }
    Err(tampered(link.trust.rev + 1, Tampering::Revision))
}

/// Reads label and admins of a vault that is not trusted yet, to show them to the user.
pub(super) fn introduce(files: &dyn Files, vault: &VaultId) -> Result<Introduction> {
    let genesis = genesis(files, vault)?;
    let admins = genesis.trust.members.iter().filter(|member| member.role == Role::Admin);
    Ok(Introduction {
        id: *vault,
        label: genesis.trust.label.clone(),
        admins: admins.map(|member| member.name.to_string()).collect(),
    })
}

/// The next snapshot, verified against the previous one; `None` at the end of the chain.
pub(super) fn step(files: &dyn Files, vault: &VaultId, before: &Link) -> Result<Option<Link>> {
    let rev = before.trust.rev + 1;
    let path = trust_path(rev);
    let Some(raw) = read(files, rev)? else { return Ok(None) };
    let signed = split(&raw, &path)?;
    let signer = before.trust.member(&signed.member).filter(|member| member.role == Role::Admin);
    let signer = signer.ok_or_else(|| tampered(rev, Tampering::NotAllowed(signed.member.to_string())))?;
    check_signature(vault, &path, &signed, &signer.sign)?;
    let trust = parsed(&signed, vault, &path)?;
    if trust.format_floor > Format::CURRENT.number() {
        return Err(Error::Format { path, error: FormatError::NewerFormat });
    }
    if trust.rev != rev || trust.prev != Some(before.hash) || trust.by != signed.member {
        return Err(tampered(rev, Tampering::NotASuccessor));
    }
    if let Some(what) = taken_back(&before.trust, &trust) {
        return Err(tampered(rev, Tampering::TakesBack(what)));
    }
    Ok(Some(Link { hash: sha256(&raw), trust }))
}

fn start(files: &dyn Files, vault: &VaultId, verified: &BTreeSet<Pin>) -> Result<Link> {
    for pin in verified.iter().rev() {
        if let Some(link) = known(files, vault, *pin)? {
            return Ok(link);
        }
    }
    genesis(files, vault)
}

/// The snapshots that `record` does not have, from a verified one back: each names the hash of the one before it.
pub(super) fn unrecorded(files: &dyn Files, vault: &VaultId, end: Link, record: &TrustRecord) -> Vec<Pin> {
    let mut missing = Vec::new();
    let mut link = Some(end);
    while let Some(it) = link.filter(|link| !record.contains(link.pin())) {
        missing.push(it.pin());
        link = before(files, vault, &it).ok().flatten();
    }
    missing
}

/// Whether a verified chain contains a snapshot.
pub(super) fn contains(files: &dyn Files, vault: &VaultId, end: &Link, pin: Pin) -> Result<bool> {
    let mut link = Some(end.clone());
    while let Some(it) = link.filter(|link| link.trust.rev >= pin.rev) {
        if it.pin() == pin {
            return Ok(true);
        }
        link = before(files, vault, &it)?;
    }
    Ok(false)
}

/// The snapshot before a verified one, by the hash that it names; `None` before the genesis, or if it is not there.
pub(super) fn before(files: &dyn Files, vault: &VaultId, link: &Link) -> Result<Option<Link>> {
    let pin = link.trust.prev.map(|hash| Pin { rev: link.trust.rev - 1, hash });
    Ok(pin.map(|pin| known(files, vault, pin)).transpose()?.flatten())
}

/// The snapshot of a pin, if this chain contains it.
pub(super) fn known(files: &dyn Files, vault: &VaultId, pin: Pin) -> Result<Option<Link>> {
    let path = trust_path(pin.rev);
    let Some(raw) = read(files, pin.rev)? else { return Ok(None) };
    if sha256(&raw) != pin.hash {
        return Ok(None);
    }
    let trust = parsed(&split(&raw, &path)?, vault, &path)?;
    Ok(Some(Link { trust, hash: pin.hash }))
}

/// The first snapshot: its hash is the vault's id.
pub(super) fn genesis(files: &dyn Files, vault: &VaultId) -> Result<Link> {
    let path = trust_path(1);
    let raw = read(files, 1)?.ok_or_else(|| tampered(1, Tampering::NotTheGenesis))?;
    let signed = split(&raw, &path)?;
    if genesis_id(signed.body) != vault.0 {
        return Err(tampered(1, Tampering::NotTheGenesis));
    }
    let trust = parsed(&signed, vault, &path)?;
    let admin = trust.member(&signed.member).filter(|member| member.role == Role::Admin);
    let admin = admin.ok_or_else(|| tampered(1, Tampering::NotAllowed(signed.member.to_string())))?;
    check_signature(vault, &path, &signed, &admin.sign)?;
    if trust.rev != 1 || trust.by != signed.member {
        return Err(tampered(1, Tampering::NotTheGenesis));
    }
    Ok(Link { hash: sha256(&raw), trust })
}

/// Verifies the whole chain from the genesis to snapshot `last`.
pub(super) fn whole(files: &dyn Files, vault: &VaultId, last: u64) -> Result<()> {
    let mut link = genesis(files, vault)?;
    while link.trust.rev < last {
        link = next(files, vault, &link, last)?;
    }
    Ok(())
}

/// The same, and keeps every snapshot.
pub(super) fn snapshots(files: &dyn Files, vault: &VaultId, last: u64) -> Result<Vec<Trust>> {
    let mut link = genesis(files, vault)?;
    let mut snapshots = vec![link.trust.clone()];
    while link.trust.rev < last {
        link = next(files, vault, &link, last)?;
        snapshots.push(link.trust.clone());
    }
    Ok(snapshots)
}

fn next(files: &dyn Files, vault: &VaultId, link: &Link, last: u64) -> Result<Link> {
    step(files, vault, link)?.ok_or(Error::TrustRollback { seen: last, found: link.trust.rev })
}

/// Every snapshot of a chain from the genesis to its end, each verified.
pub(super) fn links(files: &dyn Files, vault: &VaultId) -> Result<Vec<Link>> {
    let mut links = vec![genesis(files, vault)?];
    while let Some(next) = links.last().map(|last| step(files, vault, last)).transpose()?.flatten() {
        links.push(next);
    }
    Ok(links)
}

/// Refuses content that names another author than its signer.
pub(super) fn check_author(path: &str, author: &MemberName, signed: &Signed<'_>) -> Result<()> {
    if *author == signed.member {
        return Ok(());
    }
    Err(Error::Tampered { path: path.to_owned(), reason: Tampering::Author(author.to_string()) })
}

/// Verifies a trailer against the public key that the verified trust state gives for its member.
pub(super) fn check_signature(vault: &VaultId, path: &str, signed: &Signed<'_>, key: &[u8; 32]) -> Result<()> {
    let member = || signed.member.to_string();
    let bad = |reason| Error::Tampered { path: path.to_owned(), reason };
    let key = VerifyingKey::parse(key).map_err(|_| bad(Tampering::OtherKey(member())))?;
    if key.fingerprint() != signed.fingerprint {
        return Err(bad(Tampering::OtherKey(member())));
    }
    let message = document_message(&vault.0, path, signed.body);
    key.verify(&message, &signed.signature).map_err(|_| bad(Tampering::Signature(member())))
}

/// The file of a snapshot, with LF line ends; `None` if there is none.
pub(super) fn read(files: &dyn Files, rev: u64) -> Result<Option<Vec<u8>>> {
    let path = trust_path(rev);
    let raw = files.read(&path, caps::SMALL_DOCUMENT)?.map(trailer::normalise).transpose();
    raw.map_err(|error| Error::Format { path, error })
}

fn split<'a>(raw: &'a [u8], path: &str) -> Result<Signed<'a>> {
    trailer::split(raw).map_err(|error| Error::Format { path: path.to_owned(), error })
}

fn parsed(signed: &Signed<'_>, vault: &VaultId, path: &str) -> Result<Trust> {
    parse_trust(signed.body, vault).map_err(|error| Error::Format { path: path.to_owned(), error })
}

fn tampered(rev: u64, reason: Tampering) -> Error {
    Error::Tampered { path: trust_path(rev), reason }
}
