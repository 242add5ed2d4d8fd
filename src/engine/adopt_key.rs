//! A key document that somebody signed while they were an admin, and that arrives after they lost that role.
//!
//! Without it no value under the key can be decrypted, and git merges it if the other side did not touch it: one branch
//! demotes an admin who has added a reader on the other. An admin who is a reader of the key adopts the change.

use super::adopt::{Adoptable, may_have_been_good};
use super::document::AnyDocument;
use super::error::{Error, Result};
use super::former_signature::FormerlySigned;
use super::tampering::Tampering;
use super::vault::Vault;
use crate::crypto::recipient::RecipientPolicy;
use crate::format::path::key_path;
use crate::model::key::KeyDocument;
use crate::model::name::{KeyName, MemberName};
use crate::model::team::TeamError;
use crate::model::time::Timestamp;
use crate::model::trust::Role;

impl Vault<'_> {
    /// The document of a key, if it is refused for its signer, who was an admin, and every version of it opens.
    pub(super) fn adoptable_key(&self, name: &KeyName) -> Result<Option<Adoptable>> {
        let path = key_path(name);
        let reason = match self.key_document(name) {
            Ok(_) => return Ok(None),
            Err(Error::Tampered { reason, .. }) if may_have_been_good(&reason) => reason,
            Err(error) => return Err(error),
        };
        let refused = |reason| Error::Tampered { path: path.clone(), reason };
        let Some(FormerlySigned { verified, key: sign }) = self.signed_once::<KeyDocument>(&path)? else {
            return Ok(None);
        };
        let key = verified.document;
        if key.name != *name || self.trust().key(name).is_none_or(|rule| rule.id != key.id) {
            return Err(refused(Tampering::NotTheKey));
        }
        self.authority().check_bounds(&path, &key.head)?;
        let by = key.head.by.clone();
        let was = self.last_time(|it| it.name == by && it.sign == sign && it.role == Role::Admin)?;
        let until = was.ok_or_else(|| refused(Tampering::NotAllowed(by.to_string())))?;
        self.require_every_version(&key)?;
        let seen = self.seen_at(&path)?.map_or(0, |mark| mark.rev);
        Ok(Some(Adoptable { path, document: key.into(), reason, until, seen, is_known: false }))
    }

    /// Signs a refused key document, with every version wrapped again for the readers that the trust chain names. Returns
    /// what was done.
    pub(crate) fn adopt_key(
        &self,
        looked_at: &Adoptable,
        trusted: Option<&KeyDocument>,
        policy: &RecipientPolicy,
        now: Timestamp,
    ) -> Result<Vec<String>> {
        let AnyDocument::Key(late) = &looked_at.document else {
            return Err(Error::NotMergeable(looked_at.path.clone()));
        };
        let mut writing = self.administering(policy, now)?;
        let found = self.adoptable_key(&late.name)?;
        found
            .filter(|found| found.document == looked_at.document)
            .ok_or_else(|| Error::Changed(looked_at.path.clone()))?;
        let document = self.wrapped_anew(trusted, late, policy)?;
        let readers = self.stated(&document)?.readers;
        writing.put_key(document)?;
        let readers: Vec<&str> = readers.iter().map(MemberName::as_str).collect();
        Ok(vec![format!("wrapped for {}", readers.join(", "))])
    }

    /// Somebody may have replaced a version with another key: each must open and match the document.
    fn require_every_version(&self, document: &KeyDocument) -> Result<()> {
        let key = self.stated(document)?;
        for wrap in document.wraps.iter().filter(|wrap| key.openable().any(|it| it.number == wrap.number)) {
            self.open_wrap(&key, wrap).map_err(|error| match error {
                Error::NotAReader { key, .. } => TeamError::ReaderNeeded(key).into(),
                error => error,
            })?;
        }
        Ok(())
    }
}
