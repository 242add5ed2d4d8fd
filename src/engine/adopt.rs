//! What somebody signed while they were a member, and that arrives when they may not any more: refused until a writer looks at
//! it and signs it in their own name (format B.13).
//!
//! Only what was authentic once can be adopted: its signature holds under a key that the verified chain gave to its signer, who
//! could write that name then, and every value that this member can read opens. A forged document is never signed.

use super::authority::{Authored, elsewhere};
use super::bulk::At;
use super::document_name::DocumentName;
use super::error::{Error, Result};
use super::former::Once;
use super::merge::Document;
use super::tampering::Tampering;
use super::vault::Vault;
use crate::format::path::{parameter_path, secret_path};
use crate::format::schema::{parse_parameter, parse_secret};
use crate::format::{FormatError, caps};
use crate::model::head::Head;
use crate::model::id::VaultId;
use crate::model::name::MemberName;
use crate::model::parameter::Parameter;
use crate::model::secret::Secret;
use crate::model::time::Timestamp;
use crate::model::trust::Kind;

/// A document that a writer may sign in their own name.
#[derive(Debug, Clone)]
pub struct Adoptable {
    /// Where it lies, relative to the vault.
    pub path: String,
    /// What it says.
    pub document: Document,
    /// Why it is refused as it is.
    pub reason: Tampering,
    /// The last snapshot in which its signer might write it with that key.
    pub until: u64,
    /// The highest revision that this machine has seen there.
    pub seen: u64,
}

impl Adoptable {
    /// Whether this machine has seen a newer revision: whoever was removed may have brought back what they wrote long ago.
    pub fn goes_back(&self) -> bool {
        self.document.head().rev < self.seen
    }
}

impl Vault<'_> {
    /// The document of a name, if it is refused and can be adopted; nothing if it is trusted as it is. One that is not there is
    /// an error.
    pub fn adoptable(&self, name: DocumentName<'_>) -> Result<Option<Adoptable>> {
        let kind = match name {
            DocumentName::Parameter(_) => Kind::Parameter,
            DocumentName::Secret(_) => Kind::Secret,
            DocumentName::Key(key) => return self.adoptable_key(key),
        };
        let path = self.place_of(name)?;
        if self.root.exists(&path)? { self.adoptable_at(kind, &path) } else { Err(self.absent(name)) }
    }

    fn adoptable_at(&self, kind: Kind, path: &str) -> Result<Option<Adoptable>> {
        let loaded = match kind {
            Kind::Parameter => self.load_parameter_at(path).map(drop),
            Kind::Secret => self.load_secret_at(path).map(drop),
        };
        let reason = match loaded {
            Ok(()) => return Ok(None),
            Err(Error::Tampered { reason, .. }) if may_have_been_good(&reason) => reason,
            Err(error) => return Err(error),
        };
        let document = match kind {
            Kind::Parameter => {
                self.signed_once(path, caps::DOCUMENT, parse_parameter)?.map(|(it, key)| (Document::Parameter(it), key))
            }
            Kind::Secret => {
                self.signed_once(path, caps::DOCUMENT, parse_secret)?.map(|(it, key)| (Document::Secret(it), key))
            }
        };
        let Some((document, key)) = document else { return Ok(None) };
        let (name, head) = (document.name().to_owned(), document.head().clone());
        if place(&document)? != path {
            return Err(elsewhere(path, &name));
        }
        self.authority().check_bounds(path, &head)?;
        let wrote =
            |by: &MemberName| Error::Tampered { path: path.into(), reason: Tampering::NotAllowed(by.to_string()) };
        let could = self.last_time(|it| it.name == head.by && it.sign == key && it.may_write(kind, &name))?;
        let until = could.ok_or_else(|| wrote(&head.by))?;
        self.check_values(&document)?;
        let seen = self.seen_at(path)?.map_or(0, |mark| mark.rev);
        Ok(Some(Adoptable { path: path.to_owned(), document, reason, until, seen }))
    }

    /// Every document that is refused for its signer: what can be adopted, and why the rest cannot.
    pub fn all_refused(&self, mut progress: impl FnMut(usize)) -> Result<Vec<(String, Result<Adoptable>)>> {
        let mut refused = Vec::new();
        for (at, At { path, kind }) in self.documents_where(|_| true)?.into_iter().enumerate() {
            match self.adoptable_at(kind, &path) {
                Ok(Some(found)) => refused.push((path, Ok(found))),
                Err(error @ (Error::Tampered { .. } | Error::Unopened { .. })) => refused.push((path, Err(error))),
                // What is refused for another reason is `vault verify`'s to name.
                Ok(None)
                | Err(
                    Error::Format { .. } | Error::Rollback { .. } | Error::Fork { .. } | Error::TrustRollback { .. },
                ) => {}
                Err(error) => return Err(error),
            }
            progress(at + 1);
        }
        Ok(refused)
    }

    /// Signs a document in the name of the member at work, under a revision above everything seen. The lock is taken anew for
    /// each, and what lies there must still be what was looked at.
    pub fn adopt(&self, looked_at: &Adoptable, now: Timestamp) -> Result<()> {
        let (path, name) = (&looked_at.path, looked_at.document.name());
        let kind = kind_of(&looked_at.document);
        self.require_writer(kind, name)?;
        let _lock = self.lock()?;
        let found = self.adoptable_at(kind, path)?;
        let found = found.filter(|found| found.document == looked_at.document).ok_or(Error::TrustMoved)?;
        let highest = Head { rev: found.document.head().rev.max(found.seen), ..found.document.head().clone() };
        let head = self.next_head(Some(&highest), name, now)?;
        match found.document {
            Document::Parameter(parameter) => self.save_parameter(None, &Parameter { head, ..parameter }),
            Document::Secret(secret) => self.save_secret(None, &Secret { head, ..secret }),
            Document::Key(_) => Err(Error::NotMergeable(path.clone())),
        }
    }

    pub(super) fn signed_once<T: Authored>(
        &self,
        path: &str,
        cap: u64,
        parse: fn(&[u8], &VaultId) -> std::result::Result<T, FormatError>,
    ) -> Result<Option<(T, [u8; 32])>> {
        let Some(raw) = self.root.read(path, cap)? else { return Ok(None) };
        let Once { verified, key } = self.verify_as_before(path, raw, parse)?;
        Ok(Some((verified.document, key)))
    }

    /// What this member can read must open: somebody may have sealed noise.
    fn check_values(&self, document: &Document) -> Result<()> {
        let check = |opened: Result<_>| match opened {
            Ok(_) | Err(Error::NotAReader { .. }) => Ok(()),
            Err(error) => Err(error),
        };
        match document {
            Document::Parameter(it) => it.versions.iter().try_for_each(|version| check(self.reveal(it, version))),
            Document::Secret(it) => {
                let mut valued = it.versions.iter().filter(|version| version.content.is_some());
                valued.try_for_each(|version| check(self.reveal_secret(it, version)))
            }
            Document::Key(_) => Ok(()),
        }
    }
}

/// Whether a refusal is for who signed, and not for what was signed.
pub(super) fn may_have_been_good(reason: &Tampering) -> bool {
    matches!(reason, Tampering::Former(_) | Tampering::OtherKey(_) | Tampering::NotAllowed(_))
}

fn place(document: &Document) -> Result<String> {
    Ok(match document {
        Document::Parameter(parameter) => parameter_path(&parameter.name)?,
        Document::Secret(secret) => secret_path(&secret.name)?,
        Document::Key(key) => return Err(Error::NotMergeable(key.name.to_string())),
    })
}

fn kind_of(document: &Document) -> Kind {
    if matches!(document, Document::Secret(_)) { Kind::Secret } else { Kind::Parameter }
}
