//! Merging one document of two branches (format B.12): each side is verified, and the current member signs the merge.
//!
//! No value is opened and no data key is needed. An invalid document is never re-signed: a merge must not turn a forged
//! document into a signed one.

use super::document::{AnyDocument, Document};
use super::error::{Error, Result};
use super::side::{Sides, States};
use super::vault::Vault;
use crate::crypto::recipient::RecipientPolicy;
use crate::format::layout::Place;
use crate::model::head::Head;
use crate::model::merge::{
    Conflict, Merged, Side, merge_credentials, merge_parameters, merge_rules, merge_secrets, merge_shares,
};
use crate::model::time::Timestamp;
use crate::model::trust::Kind;
use crate::store::Expect;

/// The result of a merge.
#[derive(Debug)]
pub enum MergeOutcome {
    /// One document, signed.
    Merged {
        /// The whole file.
        bytes: Vec<u8>,
        /// Notes for the user.
        notes: Vec<String>,
    },
    /// No rule decides.
    Conflicts(Vec<Conflict>),
}

/// A rule of the model that merges two states of a document and their common ancestor.
type ThreeWay<D> = fn(Option<&D>, &D, &D, Option<Side>) -> std::result::Result<Merged<D>, Vec<Conflict>>;

impl Vault<'_> {
    /// Merges the three states of the file at `path`, relative to the vault, into one signed document.
    ///
    /// Without `prefer`, what no rule decides is returned as conflicts. With it, that side wins there, and a common
    /// ancestor that does not verify is ignored. A side that was rolled back is refused in any case. `policy` says
    /// which readers of a key can be wrapped for; without one, as long as members may still be on their way, nothing is
    /// wrapped.
    pub fn merge(
        &self,
        path: &str,
        sides: Sides<'_>,
        prefer: Option<Side>,
        policy: Option<&RecipientPolicy>,
    ) -> Result<MergeOutcome> {
        self.require_complete_trust()?;
        if Place::of(path) == Place::Anchor {
            return self.merge_anchors(path, sides, prefer);
        }
        if let Some(side) = self.later_side(path, sides)? {
            return Ok(left_behind(side, sides));
        }
        match Place::of(path) {
            Place::Document(Kind::Parameter) => self.merge_by(merge_parameters, path, sides, prefer),
            Place::Document(Kind::Secret) => self.merge_by(merge_secrets, path, sides, prefer),
            Place::Document(Kind::Credential) => self.merge_by(merge_credentials, path, sides, prefer),
            Place::Rule(_) => self.merge_by(merge_rules, path, sides, prefer),
            Place::Share(_) => self.merge_by(merge_shares, path, sides, prefer),
            Place::Key(_) => self.merge_key(path, sides, prefer, policy),
            _ => Err(Error::NotMergeable(path.to_owned())),
        }
    }

    /// A state of the file at `path`, verified like a document of the vault, except for this machine's memory of it.
    pub fn document_at(&self, path: &str, raw: &[u8]) -> Result<AnyDocument> {
        match Place::of(path) {
            Place::Document(_) | Place::Key(_) | Place::Rule(_) | Place::Share(_) => {
                Ok(self.authority().document(path, raw.to_vec())?.document)
            }
            _ => Err(Error::NotMergeable(path.to_owned())),
        }
    }

    /// Writes merged documents, after verifying them once more.
    ///
    /// They are not remembered as seen: if the merge is aborted, they never existed.
    pub(crate) fn place_merged(&self, files: &[(String, Vec<u8>)], now: Timestamp) -> Result<()> {
        let mut writing = self.writing(now)?;
        for (path, bytes) in files {
            if Place::of(path) == Place::Anchor {
                self.anchor_in(path, bytes)?;
                writing.put_file(path, bytes.clone(), Expect::Any);
            } else {
                writing.put_merged(path, bytes.clone(), &self.document_at(path, bytes)?);
            }
        }
        writing.publish()?;
        self.keys.clear();
        Ok(())
    }

    fn merge_by<D: Document>(
        &self,
        rule: ThreeWay<D>,
        path: &str,
        sides: Sides<'_>,
        prefer: Option<Side>,
    ) -> Result<MergeOutcome> {
        let States { base, ours, theirs } = self.states::<D>(path, sides, prefer)?;
        self.require_author(&ours.clone().into())?;
        match rule(base.as_ref(), &ours, &theirs, prefer) {
            Ok(Merged { document, notes }) => {
                Ok(MergeOutcome::Merged { bytes: self.signed_merge(path, document)?, notes })
            }
            Err(conflicts) => Ok(MergeOutcome::Conflicts(conflicts)),
        }
    }

    /// Refuses what this member may not sign as it is.
    pub(super) fn require_author(&self, document: &AnyDocument) -> Result<()> {
        match document {
            AnyDocument::Parameter(it) => self.require_writer(Kind::Parameter, it.name.as_str()),
            AnyDocument::Secret(it) => self.require_writer(Kind::Secret, it.name.as_str()),
            AnyDocument::Credential(it) => {
                self.require_writer(Kind::Credential, it.name.as_str())?;
                // Nobody signs for another member, but an admin.
                let is_own = it.revoked || self.whoami()?.name == it.member;
                if is_own { Ok(()) } else { self.require_admin().map(drop) }
            }
            AnyDocument::Share(it) if it.deleted => self.whoami().map(drop),
            AnyDocument::Share(it) => self.require_reader_of(it),
            AnyDocument::Rule(_) | AnyDocument::Key(_) => self.require_admin().map(drop),
        }
    }

    /// A merged document as a whole file, signed by the current member.
    pub(super) fn signed_merge<D: Document>(&self, path: &str, mut document: D) -> Result<Vec<u8>> {
        let head = document.head();
        // Refuses a revision beyond the limit, and names the signer.
        let before = Head { rev: head.rev - 1, ..head.clone() };
        let head = self.next_head(Some(&before), path, before.modified)?;
        document.drop_outdated();
        *document.head_mut() = Head { extra: before.extra, ..head };
        self.signed(path, &document)
    }
}

/// One side as it is: the other is an earlier state of it.
fn left_behind(side: Side, sides: Sides<'_>) -> MergeOutcome {
    let (bytes, note) = match side {
        Side::Ours => (sides.ours, "their side is an earlier state of ours"),
        Side::Theirs => (sides.theirs, "our side is an earlier state of theirs"),
    };
    MergeOutcome::Merged { bytes: bytes.to_vec(), notes: vec![note.to_owned()] }
}
