//! Credentials for programs that call the AWS-compatible server, and what their members may do now.

use rand::RngCore;
use rand::rngs::OsRng;

use super::error::{Error, Result};
use super::parameters::{random_doc_id, random_uid};
use super::refused::Checked;
use super::value::Place;
use super::vault::Vault;
use super::writing::Writing;
use crate::format::path::credential_path;
use crate::model::credential::{AccessKeyId, Credential, CredentialError, CredentialVersion, secret_access_key};
use crate::model::name::MemberName;
use crate::model::sealed::ValueType;
use crate::model::time::Timestamp;
use crate::model::trust::Kind;
use crate::model::value::SecretValue;

/// Whether a credential may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CredentialState {
    /// It may.
    Active,
    /// It was revoked.
    Revoked,
    /// It has expired.
    Expired,
    /// The member who issued it has left.
    Left,
    /// The member who issued it may not issue it any more.
    NotAllowed,
}

impl Vault<'_> {
    /// Issues a credential of the current member. The secret access key is returned once; the document has it encrypted.
    pub(crate) fn issue_credential(
        &self,
        description: &str,
        policy: &str,
        expires: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(Credential, SecretValue)> {
        let (name, value) = random_access_key();
        let credential = self.change(&name, now, |existing: Option<&Credential>| {
            if existing.is_some() {
                return Err(Error::Internal("a random access key id is in use"));
            }
            let me = self.signer()?.name;
            let mut issued = Credential {
                id: random_doc_id(),
                name: name.clone(),
                head: self.blank_head(now)?,
                revoked: false,
                member: me.clone(),
                description: description.to_owned(),
                expires,
                policy: policy.to_owned(),
                versions: Vec::new(),
            };
            issued.check_issued(now).map_err(|error| broken(&name, error))?;
            let place = Place::of(&issued, random_uid(), ValueType::SecretAccessKey);
            let (uid, content) = (place.uid, self.seal(&place, None, &value)?);
            issued.versions.push(CredentialVersion { uid, created: now, by: me, exposed: false, content });
            Ok((issued.clone(), issued))
        })?;
        Ok((credential, value))
    }

    /// Every credential, also those that were revoked or have expired, by description.
    pub(crate) fn issued_credentials(&self) -> Result<Checked<Credential>> {
        let mut all = self.sift_as(self.documents_of::<Credential>(|_| Ok(true))?, |_| Ok(true))?;
        all.found.sort_by(|a: &Credential, b| a.description.cmp(&b.description));
        Ok(all)
    }

    /// The credential of an id, also one that was revoked or has expired. Reads one document.
    pub(crate) fn issued_credential(&self, name: &AccessKeyId) -> Result<Credential> {
        self.find(name)?.ok_or_else(|| Error::NoCredential(name.clone()))
    }

    /// Whether a credential may be used now.
    pub(crate) fn credential_state(&self, credential: &Credential, now: Timestamp) -> CredentialState {
        let trust = self.trust();
        match trust.member(&credential.member) {
            _ if credential.revoked => CredentialState::Revoked,
            None => CredentialState::Left,
            Some(member) if !member.may_write(Kind::Credential, credential.name.as_str()) => {
                CredentialState::NotAllowed
            }
            Some(_) if credential.is_expired(now) => CredentialState::Expired,
            Some(_) => CredentialState::Active,
        }
    }

    /// Revokes a credential. Returns whether there was anything to do.
    pub(crate) fn revoke_credential(&self, name: &AccessKeyId, now: Timestamp) -> Result<bool> {
        self.change(name, now, |existing: Option<&Credential>| {
            let mut credential = existing.cloned().ok_or_else(|| Error::NoCredential(name.clone()))?;
            let was_active = !credential.revoked;
            credential.revoke();
            Ok((credential, was_active))
        })
    }

    /// The secret access key of a credential, which is reported like every opened value. Unlocks.
    pub(crate) fn secret_access_key(&self, credential: &Credential) -> Result<SecretValue> {
        let version = credential.version().map_err(|error| broken(&credential.name, error))?;
        self.reveal(credential, version)
    }

    /// Whether a member reads the key that governs a name; false for somebody who is no member.
    pub(crate) fn member_may_read(&self, member: &MemberName, kind: Kind, name: &str) -> Result<bool> {
        let trust = self.trust();
        let Some(key) = trust.key_for(kind, name).filter(|_| trust.member(member).is_some()) else { return Ok(false) };
        Ok(self.key(&key.name)?.readers.contains(member))
    }

    /// Whether a member may write a name; false for somebody who is no member.
    pub(crate) fn member_may_write(&self, member: &MemberName, kind: Kind, name: &str) -> bool {
        self.trust().member(member).is_some_and(|member| member.may_write(kind, name))
    }

    /// The credentials of a member that were not revoked. A document that is refused has no effect, and stays.
    pub(super) fn active_credentials_of(&self, member: &MemberName) -> Result<Vec<AccessKeyId>> {
        let mine = self.issued_credentials()?.found.into_iter().filter(|it| it.member == *member && !it.revoked);
        Ok(mine.map(|it| it.name).collect())
    }
}

impl Writing<'_, '_> {
    /// Revokes what a member issued who leaves.
    pub(super) fn revoke_credentials_of(&mut self, member: &MemberName) -> Result<()> {
        for credential in self.active_credentials_of(member)? {
            let before = self.load::<Credential>(&credential_path(&credential))?;
            let Some(mut revoked) = before.as_ref().map(|before| before.document.clone()) else { continue };
            revoked.revoke();
            self.put(before.as_ref(), revoked)?;
        }
        self.publish()
    }
}

fn random_access_key() -> (AccessKeyId, SecretValue) {
    let (mut id, mut key) = ([0; 10], zeroize::Zeroizing::new([0; 30]));
    OsRng.fill_bytes(&mut id);
    OsRng.fill_bytes(&mut *key);
    (AccessKeyId::of_random(id), secret_access_key(&key))
}

fn broken(name: &AccessKeyId, error: CredentialError) -> Error {
    Error::Credential { name: name.clone(), error }
}

/// The refusal to accept or adopt a state of a credential: it may have been revoked since.
pub(super) fn not_signed_again(name: &AccessKeyId) -> Error {
    broken(name, CredentialError::NotSignedAgain)
}
