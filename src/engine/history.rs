//! The vault in a past commit: its own trust chain, documents checked against that chain, and whether one state may
//! follow another. Needs no identity, and nothing that this machine remembers except which vault it is.

use std::cmp::Ordering;
use std::sync::Arc;

use super::authority::{Authority, Verified};
use super::chain::{self, Link};
use super::document::{AnyDocument, Document};
use super::error::{Error, Result};
use super::key_error::VaultKeyError;
use super::rebase::holds_all_of;
use super::tampering::Tampering;
use super::vault::Vault;
use crate::crypto::framing::sha256;
use crate::format::layout::Place;
use crate::format::path::trust_path;
use crate::format::trailer;
use crate::model::checkpoint::Checkpoint;
use crate::model::key::KeyDocument;
use crate::model::name::MemberName;
use crate::model::revision::Revision;
use crate::model::trust::{Member, Trust};
use crate::store::Files;

/// A trust chain, verified from its genesis. It may end early: before a snapshot that is not a valid successor.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chain {
    links: Vec<Arc<Link>>,
}

/// A verified document of a past commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HistoricDocument {
    /// What it says.
    pub content: Content,
    /// Which state of it this is.
    pub revision: Revision,
}

/// The content of a document in a past commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    /// A parameter, a secret or a key.
    Document(AnyDocument),
    /// A checkpoint.
    Checkpoint(Checkpoint),
}

impl HistoricDocument {
    /// Who signed it.
    pub(crate) fn by(&self) -> &MemberName {
        match &self.content {
            Content::Document(document) => &document.head().by,
            Content::Checkpoint(checkpoint) => &checkpoint.by,
        }
    }

    /// Whether this state may follow `before` at a path. A key's document never loses a version.
    pub(crate) fn follows(&self, before: &HistoricDocument, path: &str) -> Result<()> {
        follow(path, &before.revision, &self.revision)?;
        match (self.key(), before.key()) {
            (Some(key), Some(before)) if before.wraps.iter().any(|wrap| key.wrap(wrap.number).is_none()) => {
                Err(VaultKeyError::LostWrap(key.name.clone()).into())
            }
            _ => Ok(()),
        }
    }

    fn key(&self) -> Option<&KeyDocument> {
        if let Content::Document(AnyDocument::Key(key)) = &self.content { Some(key) } else { None }
    }
}

impl From<Verified<AnyDocument>> for HistoricDocument {
    fn from(verified: Verified<AnyDocument>) -> Self {
        let revision = verified.revision();
        HistoricDocument { content: Content::Document(verified.document), revision }
    }
}

/// Refuses a revision that cannot follow another one: it must have the same bytes or a higher number.
pub(super) fn follow(path: &str, before: &Revision, after: &Revision) -> Result<()> {
    match after.rev.cmp(&before.rev) {
        _ if after.hash == before.hash => Ok(()),
        Ordering::Less => Err(Error::Rollback { path: path.to_owned(), seen: before.rev, found: after.rev }),
        Ordering::Equal => Err(Error::Fork { path: path.to_owned(), rev: after.rev }),
        Ordering::Greater => Ok(()),
    }
}

impl Chain {
    /// The last valid snapshot; `None` if not even the genesis is the vault's.
    pub(crate) fn trust(&self) -> Option<&Trust> {
        self.links.last().map(|link| &link.trust)
    }

    /// The snapshots in their order.
    pub(crate) fn snapshots(&self) -> impl ExactSizeIterator<Item = &Trust> {
        self.links.iter().map(|link| &link.trust)
    }

    /// The hash that identifies this chain.
    pub(crate) fn tip(&self) -> Option<[u8; 32]> {
        self.links.last().map(|link| link.hash)
    }

    /// Whether this chain continues another one: nothing of it is missing or different.
    pub(crate) fn continues(&self, before: &Chain) -> Result<()> {
        if let Some(at) = self.fork_point(before) {
            return Err(Error::TrustFork(at));
        }
        let (here, seen) = (self.links.len() as u64, before.links.len() as u64);
        if here < seen { Err(Error::TrustRollback { seen, found: here }) } else { Ok(()) }
    }

    /// Whether this chain contains everything of another one that it does not continue: its changes were re-signed.
    pub(crate) fn holds_all_of(&self, other: &Chain) -> bool {
        holds_all_of(self.copied(), other.copied())
    }

    fn copied(&self) -> Vec<Link> {
        self.links.iter().map(|link| Link::clone(link)).collect()
    }

    /// The first snapshot in which two chains differ, if neither continues the other.
    pub(crate) fn fork_point(&self, other: &Chain) -> Option<u64> {
        let differing = self.links.iter().zip(&other.links).find(|(one, other)| one.hash != other.hash);
        differing.map(|(one, _)| one.trust.rev)
    }

    /// The members of `before` who were removed here, or have other keys or fewer rights: what they signed may no
    /// longer be valid.
    pub(crate) fn weakened(&self, before: &Chain) -> Vec<MemberName> {
        let now = |member: &Member| self.trust().and_then(|trust| trust.member(&member.name)) == Some(member);
        let members = before.trust().into_iter().flat_map(|trust| &trust.members);
        members.filter(|member| !now(member)).map(|member| member.name.clone()).collect()
    }
}

impl Vault<'_> {
    /// The chain in some files, as far as it is valid, and why it ends if the next snapshot is not a successor.
    pub(crate) fn chain_of(&self, files: &dyn Files) -> (Chain, Option<Error>) {
        let mut chain = Chain::default();
        loop {
            let next = match chain.links.last() {
                None => chain::genesis(files, &self.id).map(Some),
                Some(before) => chain::step(files, &self.id, before),
            };
            match next {
                Ok(Some(link)) => chain.links.push(Arc::new(link)),
                end => return (chain, end.err()),
            }
        }
    }

    /// Whether one of this chain and the one verified on this machine continues the other, or this one contains all of
    /// it.
    pub(crate) fn agrees_with(&self, chain: &Chain) -> Result<()> {
        let trust = self.trust();
        let common = trust.rev.min(chain.links.len() as u64);
        let Some(theirs) = usize::try_from(common).ok().and_then(|at| chain.links.get(at.checked_sub(1)?)) else {
            return Err(not_the_genesis());
        };
        let ours = if common == trust.rev {
            Some(trust.hash)
        } else {
            chain::read(&*self.files, common)?.map(|raw| sha256(&raw))
        };
        let is_same = ours == Some(theirs.hash);
        if is_same || holds_all_of(chain::links(&*self.files, &self.id)?, chain.copied()) {
            return Ok(());
        }
        Err(Error::TrustFork(common))
    }

    /// The document at `path`, checked against a chain; `None` if no document belongs there.
    pub(crate) fn document_in(&self, chain: &Chain, path: &str, raw: Vec<u8>) -> Option<Result<HistoricDocument>> {
        let place = Place::of(path);
        if !place.is_document() {
            return None;
        }
        Some(self.authority_of(chain).and_then(|authority| historic(&authority, &place, path, raw)))
    }

    fn authority_of(&self, chain: &Chain) -> Result<Authority> {
        let trust = chain.links.last().map(Arc::clone).ok_or_else(not_the_genesis)?;
        Ok(Authority { id: self.id, trust })
    }
}

fn historic(authority: &Authority, place: &Place, path: &str, raw: Vec<u8>) -> Result<HistoricDocument> {
    if *place != Place::Checkpoint {
        return Ok(authority.document::<AnyDocument>(path, raw)?.into());
    }
    let hash = sha256(&raw);
    let checkpoint = authority.checkpoint(raw)?;
    let rev = u64::try_from(checkpoint.created.unix()).unwrap_or(0);
    let revision = Revision { id: [0; 16], rev, hash };
    Ok(HistoricDocument { content: Content::Checkpoint(checkpoint), revision })
}

/// Who the last line of a file names as its signer. This is not verified: it may only be used to save work.
pub(crate) fn claimed_signer(raw: Vec<u8>) -> Option<MemberName> {
    let raw = trailer::normalise(raw).ok()?;
    trailer::split(&raw).ok().map(|signed| signed.member)
}

fn not_the_genesis() -> Error {
    Error::Tampered { path: trust_path(1), reason: Tampering::NotTheGenesis }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::head::Head;
    use crate::model::id::KeyId;
    use crate::model::key::Wrap;
    use crate::model::time::Timestamp;

    fn revision(rev: u64, hash: u8) -> Revision {
        Revision { id: [1; 16], rev, hash: [hash; 32] }
    }

    #[test]
    fn a_key_s_document_never_loses_a_version() {
        let key = |rev: u8, numbers: &[u64]| {
            let wrap = |number: &u64| Wrap { number: *number, recipients: Vec::new(), wrapped: String::new() };
            let document = KeyDocument {
                id: KeyId([1; 16]),
                name: "x".parse().unwrap(),
                head: Head::new(rev.into(), 1, Timestamp::from_unix(0), "ana".parse().unwrap()),
                wraps: numbers.iter().map(wrap).collect(),
                stated: None,
            };
            HistoricDocument { content: Content::Document(document.into()), revision: revision(rev.into(), rev) }
        };
        assert!(key(4, &[1, 2]).follows(&key(3, &[1, 2]), "keys/x.yaml").is_ok());
        let back = key(9, &[1, 3]).follows(&key(3, &[1, 2]), "keys/x.yaml");
        assert!(matches!(back, Err(Error::Key(VaultKeyError::LostWrap(_)))));
    }

    #[test]
    fn revisions_rise_or_the_bytes_stay() {
        let after = |rev, hash| follow("x", &revision(3, 1), &revision(rev, hash));
        assert!(after(4, 2).is_ok());
        assert!(after(3, 1).is_ok());
        assert!(matches!(after(3, 2), Err(Error::Fork { rev: 3, .. })));
        assert!(matches!(after(2, 2), Err(Error::Rollback { seen: 3, found: 2, .. })));
    }
}
