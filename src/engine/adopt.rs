//! Documents that somebody signed while they were allowed to, and that arrive after they lost permission: refused until
//! a writer reviews and re-signs them in their own name (format B.13).
//!
//! Only a once authentic document can be adopted: its signature is valid under a key that the verified chain gave to
//! its signer, who was allowed to write that name then, and every value that this member can read decrypts. A forged
//! document is never signed.

use super::api_credentials::not_signed_again;
use super::authority::Verified;
use super::bulk::At;
use super::document::{AnyDocument, Document, elsewhere, with_values};
use super::document_name::DocumentName;
use super::error::{Error, Result};
use super::former_signature::FormerlySigned;
use super::tampering::Tampering;
use super::vault::Vault;
use crate::format::path::rule_path;
use crate::model::name::{MemberName, RuleName};
use crate::model::time::Timestamp;
use crate::model::trust::{Kind, Member, Role};

/// A document that a writer may sign in their own name.
#[derive(Debug, Clone)]
pub(crate) struct Adoptable {
    /// Where it lies, relative to the vault.
    pub path: String,
    /// What it says.
    pub document: AnyDocument,
    /// Why it is currently refused.
    pub reason: Tampering,
    /// The last snapshot in which its signer was allowed to write it with that key.
    pub until: u64,
    /// The highest revision that this machine has seen there.
    pub seen: u64,
    /// Whether this machine has seen exactly this document while its signer was allowed to write it. Nothing else shows
    /// that it was not signed afterwards: time and snapshot are its signer's own words, and git's dates anybody's.
    pub is_known: bool,
}

impl Adoptable {
    /// Whether this machine has seen a newer revision: a removed member may have brought back what they wrote long ago.
    pub(crate) fn goes_back(&self) -> bool {
        self.document.head().rev < self.seen
    }
}

impl Vault<'_> {
    /// The document of a name, if it is refused and the current member can adopt it; `None` if it is already trusted. A
    /// missing one is an error.
    pub(crate) fn adoptable(&self, name: DocumentName<'_>) -> Result<Option<Adoptable>> {
        let kind = match name {
            DocumentName::Parameter(_) => Kind::Parameter,
            DocumentName::Secret(_) => Kind::Secret,
            DocumentName::Rule(rule) => return self.adoptable_rule(rule),
            DocumentName::Key(key) => return self.adoptable_key(key),
            DocumentName::Credential(name) => return Err(not_signed_again(name)),
        };
        let path = self.place_of(name)?;
        if self.files.exists(&path)? { self.adoptable_at(kind, &path) } else { Err(self.absent(name)) }
    }

    /// A rule is an admin's to sign.
    fn adoptable_rule(&self, name: &RuleName) -> Result<Option<Adoptable>> {
        let path = rule_path(name);
        if !self.files.exists(&path)? {
            return Err(Error::NoRule(name.clone()));
        }
        self.adoptable_if(&path, |it, _| it.role == Role::Admin, |_| self.require_admin().map(drop))
    }

    fn adoptable_at(&self, kind: Kind, path: &str) -> Result<Option<Adoptable>> {
        self.adoptable_if(path, |it, name| it.may_write(kind, name), |name| self.require_writer(kind, name))
    }

    /// The same for who might sign it once, and who may now.
    fn adoptable_if(
        &self,
        path: &str,
        might: impl Fn(&Member, &str) -> bool,
        require: impl Fn(&str) -> Result<()>,
    ) -> Result<Option<Adoptable>> {
        let reason = match self.load::<AnyDocument>(path) {
            Ok(_) => return Ok(None),
            Err(Error::Tampered { reason, .. }) if may_have_been_good(&reason) => reason,
            Err(error) => return Err(error),
        };
        let Some(signed) = self.signed_once::<AnyDocument>(path)? else { return Ok(None) };
        let FormerlySigned { verified: Verified { document, hash, .. }, key } = signed;
        let (name, head) = (document.name().to_owned(), document.head().clone());
        if document.path()? != path {
            return Err(elsewhere(path, &name));
        }
        self.authority().check_bounds(path, &head)?;
        let wrote =
            |by: &MemberName| Error::Tampered { path: path.into(), reason: Tampering::NotAllowed(by.to_string()) };
        let could = self.last_time(|it| it.name == head.by && it.sign == key && might(it, &name))?;
        let until = could.ok_or_else(|| wrote(&head.by))?;
        require(&name)?;
        self.check_values(&document)?;
        let mark = self.seen_at(path)?;
        let is_known = mark.as_ref().is_some_and(|mark| (mark.rev, mark.hash) == (head.rev, hash));
        let seen = mark.map_or(0, |mark| mark.rev);
        Ok(Some(Adoptable { path: path.to_owned(), document, reason, until, seen, is_known }))
    }

    /// Every document that is refused for its signer: what can be adopted, and why the rest cannot.
    pub(crate) fn all_refused(&self, mut progress: impl FnMut(usize)) -> Result<Vec<(String, Result<Adoptable>)>> {
        let mut refused = Vec::new();
        // A credential that is refused is not signed again: revoke it, and issue another one.
        let documents = self.all_documents()?.found.into_iter().filter(|at| at.kind != Kind::Credential);
        for (at, At { path, kind }) in documents.enumerate() {
            match self.adoptable_at(kind, &path) {
                Ok(Some(found)) => refused.push((path, Ok(found))),
                Err(error @ (Error::Tampered { .. } | Error::Unopened { .. } | Error::NotAWriter { .. })) => {
                    refused.push((path, Err(error)));
                }
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

    /// Signs a document in the name of the current member, with a revision above everything seen. The lock is taken
    /// again for each, and the document must be unchanged since it was reviewed.
    pub(crate) fn adopt(&self, looked_at: &Adoptable, now: Timestamp) -> Result<()> {
        let path = &looked_at.path;
        let mut writing = self.writing(now)?;
        let found = match &looked_at.document {
            AnyDocument::Rule(rule) => self.adoptable_rule(&rule.name)?,
            document => self.adoptable_at(kind_of(document), path)?,
        };
        let found =
            found.filter(|found| found.document == looked_at.document).ok_or_else(|| Error::Changed(path.clone()))?;
        writing.put_above(found.document)?;
        writing.publish()
    }

    pub(super) fn signed_once<D: Document>(&self, path: &str) -> Result<Option<FormerlySigned<D>>> {
        let Some(raw) = self.files.read(path, D::cap(path))? else { return Ok(None) };
        self.verify_as_before(path, raw).map(Some)
    }

    /// What this member can read must decrypt: somebody may have written noise.
    fn check_values(&self, document: &AnyDocument) -> Result<()> {
        let check = |opened: Result<_>| match opened {
            Ok(_) | Err(Error::NotAReader { .. } | Error::Share { .. }) => Ok(()),
            Err(error) => Err(error),
        };
        with_values!(document, it => self.opened(&**it).try_for_each(|(_, value)| check(value)), else Ok(()))
    }
}

/// Whether a refusal is because of the signer, not because of the content.
pub(super) fn may_have_been_good(reason: &Tampering) -> bool {
    matches!(reason, Tampering::Former(_) | Tampering::OtherKey(_) | Tampering::NotAllowed(_))
}

fn kind_of(document: &AnyDocument) -> Kind {
    if matches!(document, AnyDocument::Secret(_)) { Kind::Secret } else { Kind::Parameter }
}
