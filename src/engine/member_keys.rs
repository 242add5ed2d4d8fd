//! New keys for a member: a new machine, a new recovery key, a lost laptop.
//!
//! Documents come first, so that the old signature is no longer needed; then a new version of each key, if the old keys
//! are known to somebody, then the snapshot, and finally the wraps for the new recipients. If interrupted, the same
//! command finishes.

use data_encoding::HEXLOWER;

use super::error::{Error, Result};
use super::members::{Removal, RemovalStep, fingerprint_of};
use super::request::Received;
use super::vault::Vault;
use crate::crypto::framing::sha256;
use crate::crypto::recipient::RecipientPolicy;
use crate::crypto::sign::VerifyingKey;
use crate::model::team::{NewKeys, Return, TeamError};
use crate::model::time::Timestamp;
use crate::model::trust::{Member, Trust};

/// Whether a member's old keys are compromised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OldKeys {
    /// Nobody else has them.
    Safe,
    /// Somebody else may have them: what they opened must be replaced.
    Compromised,
}

impl Vault<'_> {
    /// What the replacement of a member's keys would do.
    pub(crate) fn plan_new_keys(&self, received: &Received, old: OldKeys, back: Return) -> Result<Removal> {
        self.next_keys(received, old, back)?;
        Ok(self.involved(&received.request.name)?.0)
    }

    /// Replaces a member's keys with those of a request. Repeating it changes nothing.
    pub(crate) fn replace_keys(
        &self,
        received: &Received,
        old: OldKeys,
        back: Return,
        policy: &RecipientPolicy,
        now: Timestamp,
        progress: &mut dyn FnMut(RemovalStep),
    ) -> Result<Removal> {
        let mut writing = self.administering(policy, now)?;
        let name = &received.request.name;
        let trust = self.trust();
        if trust.member(name).is_some_and(|member| has_keys_of(member, received)) {
            for key in trust.keys.iter().filter(|key| key.readers.contains(name)) {
                writing.wrap_for_readers(&key.name)?;
            }
            return Ok(Removal { resumed: true, ..Removal::default() });
        }
        let mut next = self.next_keys(received, old, back)?;
        let (plan, documents) = self.involved(name)?;
        let lost = trust.member(name).map(fingerprint_of_recipients).unwrap_or_default();
        writing.sign_instead_of(name, &documents, progress)?;
        let reason = (old == OldKeys::Compromised).then(|| format!("{now} keys {lost} of {name} are known"));
        if let Some(reason) = reason {
            for key in &plan.keys {
                next.keys.iter_mut().filter(|it| it.name == *key).for_each(|it| it.taint(&reason));
                writing.add_version(&mut next, key)?;
            }
        }
        let wrapper = self.wrapper(next.clone(), policy);
        plan.keys.iter().try_for_each(|key| wrapper.require_recipients(key))?;
        writing.append_snapshot(next)?;
        for (done, key) in plan.keys.iter().enumerate() {
            writing.wrap_for_readers(key)?;
            progress(RemovalStep::Keys(done + 1));
        }
        Ok(plan)
    }

    fn next_keys(&self, received: &Received, old: OldKeys, back: Return) -> Result<Trust> {
        let request = &received.request;
        let (at_work, trust) = (self.require_admin()?.name, self.trust());
        let member = trust.member(&request.name).ok_or_else(|| TeamError::NoSuchMember(request.name.clone()))?;
        let fingerprint = VerifyingKey::parse(&request.sign).map(|key| key.fingerprint());
        let fingerprint = fingerprint.map_err(|_| Error::Internal("a request's signing key is malformed"))?;
        if old == OldKeys::Compromised && request.recipients.iter().any(|it| member.recipients.contains(it)) {
            return Err(TeamError::SameRecipient(request.name.clone()).into());
        }
        let keys = NewKeys { sign: request.sign, fingerprint, recipients: &request.recipients };
        Ok(trust.with_new_keys(&request.name, keys, fingerprint_of(member)?, &at_work, back)?)
    }
}

fn has_keys_of(member: &Member, received: &Received) -> bool {
    member.sign == received.request.sign && member.recipients == received.request.recipients
}

/// Identifies a set of recipients in the reason of a taint.
fn fingerprint_of_recipients(member: &Member) -> String {
    HEXLOWER.encode(&sha256(member.recipients.join("\n").as_bytes())[..4])
}
