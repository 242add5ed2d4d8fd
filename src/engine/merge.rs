//! Merging one document of two branches (format B.12): each side verified, the merge signed by whoever merges.
//!
//! No value is opened and no data key is needed. What does not verify is never signed again: a merge must not turn a forged
//! document into a signed one.

use super::authority::Verified;
use super::document::{AnyDocument, Document};
use super::error::{Error, Result};
use super::vault::Vault;
use crate::crypto::recipient::RecipientPolicy;
use crate::format::layout::Place;
use crate::machine::Mark;
use crate::machine::marks::Comparison;
use crate::model::head::Head;
use crate::model::merge::{Conflict, Merged, Side, merge_parameters, merge_secrets};
use crate::model::parameter::Parameter;
use crate::model::secret::Secret;
use crate::model::time::Timestamp;
use crate::model::trust::Kind;

/// The three states of one file, as git keeps them while it merges.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'a> {
    /// What both came from; nothing where each side created the file.
    pub base: Option<&'a [u8]>,
    /// The side that is merged into.
    pub ours: &'a [u8],
    /// The side that is merged.
    pub theirs: &'a [u8],
    /// Earlier states of our side, as far as they are known.
    pub our_past: &'a [Vec<u8>],
    /// Earlier states of their side, as far as they are known, beside the common ancestor.
    pub their_past: &'a [Vec<u8>],
}

impl<'a> Sides<'a> {
    /// The states alone.
    pub fn new(base: Option<&'a [u8]>, ours: &'a [u8], theirs: &'a [u8]) -> Self {
        Sides { base, ours, theirs, our_past: &[], their_past: &[] }
    }

    /// What a side must follow from. Where a commit is picked, our side does not come from the common ancestor.
    pub fn before(&self, side: Side) -> impl Iterator<Item = &'a [u8]> {
        let (past, base) = match side {
            Side::Ours => (self.our_past, None),
            Side::Theirs => (self.their_past, self.base),
        };
        past.iter().map(Vec::as_slice).chain(base)
    }
}

/// What a merge came to.
#[derive(Debug)]
pub enum MergeOutcome {
    /// One document, signed.
    Merged {
        /// The whole file.
        bytes: Vec<u8>,
        /// What a person should know.
        notes: Vec<String>,
    },
    /// No rule decides.
    Conflicts(Vec<Conflict>),
}

/// What merges two states of a document by a rule of the model.
trait ThreeWay: Document {
    fn merge(base: Option<&Self>, ours: &Self, theirs: &Self, prefer: Option<Side>) -> Rule<Self>;
}

/// What a rule of the model decides.
type Rule<T> = std::result::Result<Merged<T>, Vec<Conflict>>;

impl ThreeWay for Parameter {
    fn merge(base: Option<&Self>, ours: &Self, theirs: &Self, prefer: Option<Side>) -> Rule<Self> {
        merge_parameters(base, ours, theirs, prefer)
    }
}

impl ThreeWay for Secret {
    fn merge(base: Option<&Self>, ours: &Self, theirs: &Self, prefer: Option<Side>) -> Rule<Self> {
        merge_secrets(base, ours, theirs, prefer)
    }
}

impl Vault<'_> {
    /// Merges the three states of the file at `path`, relative to the vault, into one signed document.
    ///
    /// Without `prefer`, what no rule decides comes back as conflicts. With it, that side wins there, and a common ancestor
    /// that does not verify is left out of account. A side that went back is refused with either. `policy` says which readers of a key can be wrapped for; without one, as
    /// long as members may still be on their way, nothing is wrapped.
    pub fn merge(
        &self,
        path: &str,
        sides: Sides<'_>,
        prefer: Option<Side>,
        policy: Option<&RecipientPolicy>,
    ) -> Result<MergeOutcome> {
        if let Some(side) = self.later_side(path, sides)? {
            return Ok(left_behind(side, sides));
        }
        match Place::of(path) {
            Place::Document(Kind::Parameter) => self.merge_as::<Parameter>(Kind::Parameter, path, sides, prefer),
            Place::Document(Kind::Secret) => self.merge_as::<Secret>(Kind::Secret, path, sides, prefer),
            Place::Key(_) => self.merge_key(path, sides, prefer, policy),
            _ => Err(Error::NotMergeable(path.to_owned())),
        }
    }

    /// A state of the file at `path`, verified like a document of the vault, except for this machine's memory of it.
    pub fn document_at(&self, path: &str, raw: &[u8]) -> Result<AnyDocument> {
        match Place::of(path) {
            Place::Document(_) | Place::Key(_) => Ok(self.authority().document(path, raw.to_vec())?.document),
            _ => Err(Error::NotMergeable(path.to_owned())),
        }
    }

    /// Puts merged documents into their places, after verifying them once more.
    ///
    /// They are not remembered as seen: a merge may be given up, and then its documents never were.
    pub fn place_merged(&self, files: &[(String, Vec<u8>)], now: Timestamp) -> Result<()> {
        let documents = files.iter().map(|(path, bytes)| self.document_at(path, bytes)).collect::<Result<Vec<_>>>()?;
        let mut writing = self.writing(now)?;
        for ((path, bytes), document) in files.iter().zip(&documents) {
            writing.put_merged(path, bytes.clone(), document);
        }
        writing.publish()?;
        self.keys.clear();
        Ok(())
    }

    fn merge_as<D: ThreeWay>(
        &self,
        kind: Kind,
        path: &str,
        sides: Sides<'_>,
        prefer: Option<Side>,
    ) -> Result<MergeOutcome> {
        let Verified { document: ours, hash } = self.authority().document::<D>(path, sides.ours.to_vec())?;
        let Verified { document: theirs, hash: other_hash } =
            self.authority().document::<D>(path, sides.theirs.to_vec())?;
        let base = match sides.base.map(|raw| self.ancestor::<D>(path, raw)).transpose() {
            Err(_) if prefer.is_some() => None,
            base => base?,
        };
        let (name, head) = (ours.name(), ours.head());
        let mark = |side: &D, hash| Mark { id: side.id(), rev: side.head().rev, hash, path: path.to_owned() };
        let base_rev = base.as_ref().map(|base| base.head().rev);
        self.check_seen_sides(base_rev, mark(&ours, hash), &mark(&theirs, other_hash))?;
        self.require_writer(kind, name)?;
        let merged = match D::merge(base.as_ref(), &ours, &theirs, prefer) {
            Ok(merged) => merged,
            Err(conflicts) => return Ok(MergeOutcome::Conflicts(conflicts)),
        };
        let Merged { mut document, notes } = merged;
        // Refuses a revision beyond the limit, and names the signer.
        let before = Head { rev: document.head().rev - 1, ..document.head().clone() };
        let modified = head.modified.max(theirs.head().modified);
        *document.head_mut() = self.next_head(Some(&before), path, modified)?;
        Ok(MergeOutcome::Merged { bytes: self.signed(path, &document)?, notes })
    }

    /// Our own side must not be older than what this machine has seen on this branch, nor another content of it.
    ///
    /// Unless that is what the other side is, to the byte: then git brings back what it had put away, as a stash or as a
    /// commit that was reset, and our side has gone on from the common ancestor in a way of its own.
    pub(super) fn check_seen_sides(&self, base_rev: Option<u64>, ours: Mark, theirs: &Mark) -> Result<()> {
        let Some(marks) = &self.marks else { return Ok(()) };
        let seen = marks.compare(&ours)?;
        let is_ours_news = base_rev.is_some_and(|base| ours.rev > base);
        match seen {
            Comparison::Same | Comparison::Ahead => Ok(()),
            _ if is_ours_news && marks.compare(theirs)? == Comparison::Same => Ok(()),
            Comparison::Behind(seen) => Err(Error::Rollback { path: ours.path, seen, found: ours.rev }),
            Comparison::Forked => Err(Error::Fork { path: ours.path, rev: ours.rev }),
        }
    }
}

/// One side as it is: the other one is an earlier state of it.
fn left_behind(side: Side, sides: Sides<'_>) -> MergeOutcome {
    let (bytes, note) = match side {
        Side::Ours => (sides.ours, "their side is an earlier state of ours"),
        Side::Theirs => (sides.theirs, "our side is an earlier state of theirs"),
    };
    MergeOutcome::Merged { bytes: bytes.to_vec(), notes: vec![note.to_owned()] }
}
