//! New keys for a member: a new machine, a new recovery key, a lost laptop.
//!
//! The order is that of a removal: documents first, so that the old signature is no longer needed, then the keys,
//! wrapped for the new recipients, and finally the snapshot. If interrupted, the same command finishes.

use data_encoding::HEXLOWER;

use super::error::{Error, Result};
use super::members::{Removal, RemovalStep, fingerprint_of};
use super::request::Received;
use super::vault::Vault;
use super::writing::Writing;
use crate::crypto::framing::sha256;
use crate::crypto::recipient::RecipientPolicy;
use crate::crypto::sign::VerifyingKey;
use crate::model::name::KeyName;
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
            return Ok(Removal { resumed: true, ..Removal::default() });
        }
        let next = self.next_keys(received, old, back)?;
        let (plan, documents) = self.involved(name)?;
        let lost = trust.member(name).map(fingerprint_of_recipients).unwrap_or_default();
        writing.sign_instead_of(name, &documents, progress)?;
        let reason = (old == OldKeys::Compromised).then(|| format!("{now} keys {lost} of {name} are known"));
        for (done, key) in plan.keys.iter().enumerate() {
            writing.renew(&next, key, reason.as_deref())?;
            progress(RemovalStep::Keys(done + 1));
        }
        writing.append_snapshot(self.with_floors(next)?)?;
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

impl Writing<'_, '_> {
    /// Wraps every version of a key for the recipients that its readers have in the next snapshot; with a reason,
    /// taints them and adds a version, unless that was already done for the same reason.
    fn renew(&mut self, next: &Trust, name: &KeyName, reason: Option<&str>) -> Result<()> {
        let before = self.key(name)?;
        let mut key = (*before).clone();
        let wrapper = self.wrapper(next.clone(), self.policy()?);
        wrapper.retain_members(&mut key);
        let same =
            |taint: &str, reason: &str| taint.split_once(' ').map(|it| it.1) == reason.split_once(' ').map(|it| it.1);
        let fresh = reason.filter(|reason| !key.versions.iter().any(|version| same(&version.taint, reason)));
        if let Some(reason) = fresh {
            key.taint(reason);
        }
        wrapper.rewrap(&mut key)?;
        if fresh.is_some() {
            wrapper.add_version(&mut key, self.now())?;
        }
        self.save_key(Some(&before), key)
    }
}

fn has_keys_of(member: &Member, received: &Received) -> bool {
    member.sign == received.request.sign && member.recipients == received.request.recipients
}

/// Identifies a set of recipients in the reason of a taint.
fn fingerprint_of_recipients(member: &Member) -> String {
    HEXLOWER.encode(&sha256(member.recipients.join("\n").as_bytes())[..4])
}
