//! Merging one document of two branches (format B.12): each side verified, the merge signed by whoever merges.
//!
//! No value is opened and no data key is needed. What does not verify is never signed again: a merge must not turn a forged
//! document into a signed one.

use super::authority::{Authored, Authority, Verified};
use super::error::{Error, Result};
use super::vault::Vault;
use crate::crypto::recipient::RecipientPolicy;
use crate::format::FormatError;
use crate::format::path::{PARAMETERS, SECRETS, decode_key, gone_path};
use crate::format::schema::{emit_parameter, emit_secret, parse_parameter, parse_secret};
use crate::machine::Mark;
use crate::machine::marks::Comparison;
use crate::model::head::Head;
use crate::model::id::VaultId;
use crate::model::key::Key;
use crate::model::merge::{Conflict, Merged, Side, merge_parameters, merge_secrets};
use crate::model::parameter::Parameter;
use crate::model::secret::Secret;
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

/// A document that was verified at some state of its file.
#[expect(clippy::large_enum_variant, reason = "few are alive at a time, and each is taken apart at once")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document {
    /// A parameter, or its tombstone.
    Parameter(Parameter),
    /// A secret, or its tombstone.
    Secret(Secret),
    /// A key.
    Key(Key),
}

impl Document {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Document::Parameter(parameter) => parameter.name.as_str(),
            Document::Secret(secret) => secret.name.as_str(),
            Document::Key(key) => key.name.as_str(),
        }
    }

    /// Its head.
    pub fn head(&self) -> &Head {
        match self {
            Document::Parameter(parameter) => &parameter.head,
            Document::Secret(secret) => &secret.head,
            Document::Key(key) => &key.head,
        }
    }

    /// Whether it is a tombstone.
    pub fn is_deleted(&self) -> bool {
        match self {
            Document::Parameter(parameter) => parameter.is_deleted(),
            Document::Secret(secret) => secret.deleted,
            Document::Key(_) => false,
        }
    }
}

/// A rule of the model for one kind of documents.
type Merge<T> = fn(Option<&T>, &T, &T, Option<Side>) -> std::result::Result<Merged<T>, Vec<Conflict>>;

/// How a file of one kind is verified.
type Verify<T> = fn(Authority<'_>, &str, Vec<u8>) -> Result<Verified<T>>;

/// What the two kinds of mergeable documents have in common.
trait Mergeable: Authored + PartialEq + Sized {
    const KIND: Kind;
    const VERIFY: Verify<Self>;
    const PARSE: fn(&[u8], &VaultId) -> std::result::Result<Self, FormatError>;
    const MERGE: Merge<Self>;
    fn emit(&self, vault: &VaultId) -> String;
    fn head_mut(&mut self) -> &mut Head;
    fn into_document(self) -> Document;
    fn id(&self) -> [u8; 16];
    fn document(&self) -> (&str, &Head);
}

impl Mergeable for Parameter {
    const KIND: Kind = Kind::Parameter;
    const VERIFY: Verify<Self> = |authority, path, raw| authority.parameter(path, raw);
    const PARSE: fn(&[u8], &VaultId) -> std::result::Result<Self, FormatError> = parse_parameter;
    const MERGE: Merge<Self> = merge_parameters;
    fn emit(&self, vault: &VaultId) -> String {
        emit_parameter(self, vault)
    }
    fn head_mut(&mut self) -> &mut Head {
        &mut self.head
    }
    fn into_document(self) -> Document {
        Document::Parameter(self)
    }
    fn id(&self) -> [u8; 16] {
        self.id.0
    }
    fn document(&self) -> (&str, &Head) {
        (self.name.as_str(), &self.head)
    }
}

impl Mergeable for Secret {
    const KIND: Kind = Kind::Secret;
    const VERIFY: Verify<Self> = |authority, path, raw| authority.secret(path, raw);
    const PARSE: fn(&[u8], &VaultId) -> std::result::Result<Self, FormatError> = parse_secret;
    const MERGE: Merge<Self> = merge_secrets;
    fn emit(&self, vault: &VaultId) -> String {
        emit_secret(self, vault)
    }
    fn head_mut(&mut self) -> &mut Head {
        &mut self.head
    }
    fn into_document(self) -> Document {
        Document::Secret(self)
    }
    fn id(&self) -> [u8; 16] {
        self.id.0
    }
    fn document(&self) -> (&str, &Head) {
        (self.name.as_str(), &self.head)
    }
}

impl Vault<'_> {
    /// Merges the three states of the file at `path`, relative to the vault, into one signed document.
    ///
    /// Without `prefer`, what no rule decides comes back as conflicts. With it, that side wins there, and a common ancestor
    /// that does not verify is left out of account. `policy` says which readers of a key can be wrapped for; without one, as
    /// long as members may still be on their way, nothing is wrapped.
    pub fn merge(
        &self,
        path: &str,
        sides: Sides<'_>,
        prefer: Option<Side>,
        policy: Option<&RecipientPolicy>,
    ) -> Result<MergeOutcome> {
        if decode_key(path).is_some() {
            return self.merge_key(path, sides, prefer, policy);
        }
        match kind_of(path)? {
            Kind::Parameter => self.merge_as::<Parameter>(path, sides, prefer),
            Kind::Secret => self.merge_as::<Secret>(path, sides, prefer),
        }
    }

    /// A state of the file at `path`, verified like a document of the vault, except for this machine's memory of it.
    pub fn document_at(&self, path: &str, raw: &[u8]) -> Result<Document> {
        if decode_key(path).is_some() {
            return Ok(Document::Key(self.key_side(path, raw)?.document));
        }
        match kind_of(path)? {
            Kind::Parameter => Ok(self.side::<Parameter>(path, raw)?.0.into_document()),
            Kind::Secret => Ok(self.side::<Secret>(path, raw)?.0.into_document()),
        }
    }

    /// Puts merged documents into their places, after verifying them once more.
    ///
    /// They are not remembered as seen: a merge may be given up, and then its documents never were.
    pub fn place_merged(&self, files: &[(String, Vec<u8>)]) -> Result<()> {
        let documents = files.iter().map(|(path, bytes)| self.document_at(path, bytes)).collect::<Result<Vec<_>>>()?;
        if self.dry_run {
            return Ok(());
        }
        let _lock = self.lock()?;
        for ((path, _), _) in files.iter().zip(&documents).filter(|(_, document)| document.is_deleted()) {
            self.root.replace(&gone_path(path), b"")?;
        }
        self.root.replace_all(files)?;
        self.keys.borrow_mut().clear();
        for ((path, _), document) in files.iter().zip(&documents) {
            let gone = gone_path(path);
            if !document.is_deleted() && self.root.exists(&gone)? {
                self.root.remove(&gone)?;
            }
        }
        Ok(())
    }

    fn merge_as<T: Mergeable>(&self, path: &str, sides: Sides<'_>, prefer: Option<Side>) -> Result<MergeOutcome> {
        let (ours, hash) = self.side::<T>(path, sides.ours)?;
        let (theirs, other_hash) = self.side::<T>(path, sides.theirs)?;
        let base = match sides.base.map(|raw| self.ancestor(path, raw, T::PARSE)).transpose() {
            Err(_) if prefer.is_some() => None,
            base => base?,
        };
        let (name, head) = ours.document();
        let mark = |side: &T, hash| Mark { id: side.id(), rev: side.document().1.rev, hash, path: path.to_owned() };
        let base_rev = base.as_ref().map(|base| base.document().1.rev);
        self.check_seen_sides(base_rev, mark(&ours, hash), &mark(&theirs, other_hash))?;
        self.require_writer(T::KIND, name)?;
        let merged = match (T::MERGE)(base.as_ref(), &ours, &theirs, prefer) {
            Ok(merged) => merged,
            Err(conflicts) => return Ok(MergeOutcome::Conflicts(conflicts)),
        };
        let Merged { mut document, notes } = merged;
        let rev = document.head_mut().rev;
        *document.head_mut() = Head {
            rev,
            // Refuses a revision beyond the limit, and names the signer.
            ..self.next_head(Some(&Head { rev: rev - 1, ..document.head_mut().clone() }), name, head.modified)?
        };
        document.head_mut().modified = ours.document().1.modified.max(theirs.document().1.modified);
        let body = document.emit(&self.id);
        Self::check_read_back(path, (T::PARSE)(body.as_bytes(), &self.id), &document)?;
        Ok(MergeOutcome::Merged { bytes: self.sign(path, &body)?, notes })
    }

    /// One side, with its hash: signature, signer, scope, place and bounds.
    fn side<T: Mergeable>(&self, path: &str, raw: &[u8]) -> Result<(T, [u8; 32])> {
        let Verified { document, hash } = (T::VERIFY)(self.authority(), path, raw.to_vec())?;
        Ok((document, hash))
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

fn kind_of(path: &str) -> Result<Kind> {
    match path.split_once('/') {
        Some((PARAMETERS, _)) => Ok(Kind::Parameter),
        Some((SECRETS, _)) => Ok(Kind::Secret),
        _ => Err(Error::NotMergeable(path.to_owned())),
    }
}
