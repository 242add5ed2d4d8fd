//! Members: joining and leaving.
//!
//! Joining writes the trust snapshot first and the wraps after it; leaving writes them in reverse order. If interrupted,
//! the vault is valid, and the same command continues.

use super::bulk::At;
use super::document::Document;
use super::error::{Error, Result};
use super::refused::{Checked, Refused};
use super::request::Received;
use super::vault::Vault;
use super::writing::Writing;
use crate::crypto::recipient::RecipientPolicy;
use crate::crypto::sign::VerifyingKey;
use crate::format::path::credential_path;
use crate::format::probe;
use crate::model::credential::AccessKeyId;
use crate::model::name::{KeyName, MemberName, RuleName};
use crate::model::team::{Return, TeamError};
use crate::model::time::Timestamp;
use crate::model::trust::{Member, Role, Scope};

/// The rights of a new member.
#[derive(Debug, Clone)]
pub struct Rights {
    /// Whether they may change members and keys.
    pub role: Role,
    /// Where they may write.
    pub write: Vec<Scope>,
    /// The keys that they may open.
    pub read: Vec<KeyName>,
    /// Whether a removed member's name or key is allowed.
    pub back: Return,
}

/// The result of removing a member.
#[derive(Debug, Default)]
pub(crate) struct Removal {
    /// Documents that they signed last, and that the admin re-signs.
    pub signed: Vec<String>,
    /// Documents with an invalid signature of theirs, or that cannot be read: refused before and afterwards.
    pub refused: Vec<Refused>,
    /// Event rules that they signed last, and that the admin re-signs: they continue.
    pub rules: Vec<RuleName>,
    /// Keys that they could open, each of which gets a version that they cannot open.
    pub keys: Vec<KeyName>,
    /// Credentials that they issued, which are revoked.
    pub credentials: Vec<AccessKeyId>,
    /// They were already removed; only the remaining work is done.
    pub resumed: bool,
}

/// What a removal is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RemovalStep {
    /// The number of documents signed.
    Signing(usize),
    /// The number of keys with a new version.
    Keys(usize),
}

impl Vault<'_> {
    /// Adds a new member and wraps for them the keys that they may open. For an existing member with the same keys,
    /// wraps what is missing. Returns the keys that they can now open and could not before.
    pub fn add_member(
        &self,
        received: &Received,
        rights: &Rights,
        policy: &RecipientPolicy,
        now: Timestamp,
    ) -> Result<Vec<KeyName>> {
        let mut writing = self.administering(policy, now)?;
        for key in &rights.read {
            self.require_opened(key)?;
        }
        let member = newcomer(received, rights);
        let name = std::slice::from_ref(&member.name);
        let mut next = self.trust().trust.clone();
        if next.member(&member.name) != Some(&member) {
            let fingerprint = fingerprint_of(&member)?;
            next = next.with_member(member.clone(), fingerprint, rights.back)?;
        }
        let before = self.unfinished_keys()?;
        let opens = |key: &KeyName| {
            let is_unwrapped = before.iter().any(|it| it.name == *key && it.unwrapped.contains(&member.name));
            Ok::<_, Error>(self.key(key)?.readers.contains(&member.name) && !is_unwrapped)
        };
        let mut opened = Vec::new();
        for key in &rights.read {
            if !opens(key)? {
                opened.push(key.clone());
            }
            next = next.with_readers(key, name)?;
        }
        let wrapper = self.wrapper(next.clone(), policy);
        opened.iter().try_for_each(|key| wrapper.require_recipients(key))?;
        writing.append_snapshot(next)?;
        opened.iter().try_for_each(|key| writing.wrap_for_readers(key))?;
        Ok(opened)
    }

    /// Changes a member's rights. Documents that they may no longer sign are re-signed by the admin first; returns
    /// their number.
    pub(crate) fn update_member(
        &self,
        name: &MemberName,
        role: Role,
        write: &[Scope],
        now: Timestamp,
        progress: &mut dyn FnMut(usize),
    ) -> Result<usize> {
        let mut writing = self.administering_without_wraps(now)?;
        let next = self.trust().with_rights(name, role, write, &self.require_admin()?.name)?;
        let mut documents = Vec::new();
        self.each_document(&self.signed_by(name)?.whole()?, |at, document| {
            match document {
                Ok(Some(document)) if document.check(&at.path, &next).is_err() => {
                    self.require_writer(at.kind, document.name())?;
                    documents.push(at.clone());
                }
                Ok(_) => {}
                Err(error) if does_not_hold(&error) => {}
                Err(error) => return Err(error),
            }
            Ok(())
        })?;
        let signed = writing.rewrite(&documents, |_, _| Ok(true), progress)?;
        if role == Role::Member {
            writing.sign_keys_instead_of(name)?;
            writing.sign_rules_instead_of(name)?;
            if !write.contains(&Scope::All) {
                writing.adopt_checkpoint(name)?;
            }
        }
        writing.append_snapshot(next)?;
        Ok(signed)
    }

    /// What a member may do now.
    pub(crate) fn rights_of(&self, name: &MemberName, back: Return) -> Result<Rights> {
        let trust = self.trust();
        let member = trust.member(name).ok_or_else(|| TeamError::NoSuchMember(name.clone()))?;
        Ok(Rights { role: member.role, write: member.write.clone(), read: self.keys_read_by(name)?, back })
    }

    fn keys_read_by(&self, name: &MemberName) -> Result<Vec<KeyName>> {
        let mut read = Vec::new();
        for key in &self.trust().keys {
            if self.key(&key.name)?.readers.contains(name) {
                read.push(key.name.clone());
            }
        }
        Ok(read)
    }

    /// What a removal would do.
    pub(crate) fn plan_removal(&self, name: &MemberName) -> Result<Removal> {
        Ok(self.planned_removal(name)?.0)
    }

    /// The same, and the paths of the documents to re-sign.
    fn planned_removal(&self, name: &MemberName) -> Result<(Removal, Vec<At>)> {
        let (admin, trust) = (self.require_admin()?.name, self.trust());
        if trust.member(name).is_none() && trust.former.iter().any(|former| former.name == *name) {
            return Ok((Removal { resumed: true, ..Removal::default() }, Vec::new()));
        }
        let member = trust.member(name).ok_or_else(|| TeamError::NoSuchMember(name.clone()))?;
        trust.without_member(name, fingerprint_of(member)?, &admin)?;
        let (mut removal, mut documents) = self.involved(name)?;
        removal.credentials = self.active_credentials_of(name)?;
        let revoked: Vec<String> = removal.credentials.iter().map(credential_path).collect();
        documents.retain(|at| !revoked.contains(&at.path));
        removal.signed.retain(|name| !removal.credentials.iter().any(|it| it.as_str() == name));
        Ok((removal, documents))
    }

    /// The documents that a member signed last, with their paths, and the keys that they could open.
    pub(super) fn involved(&self, name: &MemberName) -> Result<(Removal, Vec<At>)> {
        let (rules, keys) = (self.rules_signed_by(name)?, self.keys_read_by(name)?);
        keys.iter().try_for_each(|key| self.require_opened(key))?;
        let mut removal = Removal { rules, keys, ..Removal::default() };
        let Checked { found: signed, refused } = self.signed_by(name)?;
        removal.refused = refused;
        let mut documents = Vec::new();
        self.each_document(&signed, |at, document| {
            match document {
                Ok(Some(document)) => {
                    self.require_writer(at.kind, document.name())?;
                    removal.signed.push(document.name().to_owned());
                    documents.push(at.clone());
                }
                Ok(None) => {}
                Err(error) if does_not_hold(&error) => {
                    removal.refused.push(Refused { path: at.path.clone(), error });
                }
                Err(error) => return Err(error),
            }
            Ok(())
        })?;
        Ok((removal, documents))
    }

    /// Removes a member: re-signs their documents, gives every key that they could open a version that they cannot
    /// open, and only then writes the snapshot. Can be repeated after a crash at any point.
    pub(crate) fn remove_member(
        &self,
        name: &MemberName,
        policy: &RecipientPolicy,
        now: Timestamp,
        progress: &mut dyn FnMut(RemovalStep),
    ) -> Result<Removal> {
        let mut writing = self.administering(policy, now)?;
        let (removal, documents) = self.planned_removal(name)?;
        if removal.resumed {
            writing.wrap_what_opens()?;
            return Ok(removal);
        }
        writing.revoke_credentials_of(name)?;
        writing.end_shares_of(std::slice::from_ref(name), None)?;
        writing.sign_instead_of(name, &documents, progress)?;
        let trust = self.trust();
        let member = trust.member(name).ok_or_else(|| TeamError::NoSuchMember(name.clone()))?;
        let mut next = trust.without_member(name, fingerprint_of(member)?, &self.require_admin()?.name)?;
        for (done, key) in removal.keys.iter().enumerate() {
            let reason = format!("{now} member {name} removed");
            writing.shut_out(&mut next, key, std::slice::from_ref(name), &reason)?;
            progress(RemovalStep::Keys(done + 1));
        }
        writing.append_snapshot(next)?;
        removal.keys.iter().try_for_each(|key| writing.wrap_for_readers(key))?;
        Ok(removal)
    }

    /// The documents whose last line names a member as the signer.
    fn signed_by(&self, name: &MemberName) -> Result<Checked<At>> {
        self.documents_where(|raw| probe::names_signer(raw, name))
    }
}

impl Writing<'_, '_> {
    /// Re-signs everything with a valid signature of a member: documents, keys, rules, shares, the checkpoint.
    pub(super) fn sign_instead_of(
        &mut self,
        name: &MemberName,
        documents: &[At],
        progress: &mut dyn FnMut(RemovalStep),
    ) -> Result<()> {
        self.rewrite(documents, |_, _| Ok(true), &mut |done| progress(RemovalStep::Signing(done)))?;
        self.sign_keys_instead_of(name)?;
        self.sign_rules_instead_of(name)?;
        self.sign_shares_instead_of(name)?;
        self.adopt_checkpoint(name)
    }

    fn sign_keys_instead_of(&mut self, name: &MemberName) -> Result<()> {
        for rule in &self.trust().keys {
            let document = self.key_document(&rule.name)?;
            if document.head.by == *name {
                self.put_key((*document).clone())?;
            }
        }
        Ok(())
    }
}

/// The member that a request describes.
fn newcomer(received: &Received, rights: &Rights) -> Member {
    Member {
        name: received.request.name.clone(),
        role: rights.role,
        sign: received.request.sign,
        recipients: received.request.recipients.clone(),
        write: rights.write.clone(),
    }
}

/// The fingerprint in the trailers of a member's documents.
pub fn fingerprint_of(member: &Member) -> Result<[u8; 8]> {
    let key = VerifyingKey::parse(&member.sign).map_err(|_| Error::Internal("a member's signing key is malformed"))?;
    Ok(key.fingerprint())
}

/// Whether an error means that a document is refused, not that it could not be read.
fn does_not_hold(error: &Error) -> bool {
    matches!(
        error,
        Error::Tampered { .. }
            | Error::Format { .. }
            | Error::Rollback { .. }
            | Error::Older { .. }
            | Error::Fork { .. }
            | Error::TrustRollback { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::format::Format;
    use crate::model::request::Request;

    #[test]
    fn a_newcomer_is_what_the_request_says_with_the_rights_that_the_admin_gives() {
        let request = Request {
            format: Format::CURRENT,
            name: "bob".parse().unwrap(),
            created: Timestamp::from_unix(0),
            sign: [3; 32],
            recipients: vec!["age1x".into()],
        };
        let received = Received { request, fingerprint: [0; 16] };
        let write = vec!["parameter:/dev".parse().unwrap()];
        let rights = Rights { role: Role::Member, write: write.clone(), read: vec![], back: Return::Refused };
        let member = newcomer(&received, &rights);
        assert_eq!((member.sign, member.write, member.role), ([3; 32], write, Role::Member));
    }
}
