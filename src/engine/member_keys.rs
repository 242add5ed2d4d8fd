//! Other keys for a member: a new machine, a new recovery key, a lost laptop.
//!
//! The order is that of a removal: documents first, so that the old signature is needed nowhere any more, then the keys,
//! wrapped for the new recipients, and at last the snapshot that says so. Whatever is interrupted, the same command finishes.

use data_encoding::HEXLOWER;

use super::error::{Error, Result};
use super::members::{Removal, RemovalStep, fingerprint_of};
use super::request::Received;
use super::vault::Vault;
use crate::crypto::framing::sha256;
use crate::crypto::recipient::RecipientPolicy;
use crate::crypto::sign::VerifyingKey;
use crate::model::name::KeyName;
use crate::model::team::{NewKeys, Return, TeamError};
use crate::model::time::Timestamp;
use crate::model::trust::{Member, Trust};

/// What is known of a member's old keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OldKeys {
    /// Nobody else has them.
    Safe,
    /// Somebody else may have them: what they opened must be replaced.
    Compromised,
}

impl Vault<'_> {
    /// What the replacement of a member's keys would do.
    pub fn plan_new_keys(&self, received: &Received, old: OldKeys, back: Return) -> Result<Removal> {
        self.next_keys(received, old, back)?;
        Ok(self.involved(&received.request.name)?.0)
    }

    /// Gives a member the keys of a request, in place of those they had. Repeated after it was done, it changes nothing.
    pub fn replace_keys(
        &mut self,
        received: &Received,
        old: OldKeys,
        back: Return,
        policy: &RecipientPolicy,
        now: Timestamp,
        progress: &mut dyn FnMut(RemovalStep),
    ) -> Result<Removal> {
        let _lock = self.lock_as_admin()?;
        let name = &received.request.name;
        if self.trust.member(name).is_some_and(|member| has_keys_of(member, received)) {
            return Ok(Removal { resumed: true, ..Removal::default() });
        }
        let next = self.next_keys(received, old, back)?;
        let (plan, documents) = self.involved(name)?;
        let lost = self.trust.member(name).map(fingerprint_of_recipients).unwrap_or_default();
        self.sign_instead_of(name, &documents, now, progress)?;
        let reason = (old == OldKeys::Compromised).then(|| format!("{now} keys {lost} of {name} are known"));
        let next = self.renew_keys(next, &plan.keys, reason.as_deref(), policy, now, progress)?;
        let next = self.with_floors(next)?;
        self.succeed(next, now)?;
        Ok(plan)
    }

    fn next_keys(&self, received: &Received, old: OldKeys, back: Return) -> Result<Trust> {
        let request = &received.request;
        let at_work = self.require_admin()?.name.clone();
        let member = self.trust.member(&request.name).ok_or_else(|| TeamError::NoSuchMember(request.name.clone()))?;
        let fingerprint = VerifyingKey::parse(&request.sign).map(|key| key.fingerprint());
        let fingerprint = fingerprint.map_err(|_| Error::Internal("a request's signing key is malformed"))?;
        if old == OldKeys::Compromised && request.recipients.iter().any(|it| member.recipients.contains(it)) {
            return Err(TeamError::SameRecipient(request.name.clone()).into());
        }
        let keys = NewKeys { sign: request.sign, fingerprint, recipients: &request.recipients };
        Ok(self.trust.with_new_keys(&request.name, keys, fingerprint_of(member)?, &at_work, back)?)
    }

    /// Wraps keys for the recipients that members have in the next snapshot. The trust state that is in force comes back with
    /// every outcome.
    fn renew_keys(
        &mut self,
        next: Trust,
        keys: &[KeyName],
        reason: Option<&str>,
        policy: &RecipientPolicy,
        now: Timestamp,
        progress: &mut dyn FnMut(RemovalStep),
    ) -> Result<Trust> {
        let in_force = std::mem::replace(&mut self.trust, next);
        let renewed = keys.iter().enumerate().try_for_each(|(done, key)| {
            self.renew(key, reason, policy, now)?;
            progress(RemovalStep::Keys(done + 1));
            Ok(())
        });
        let next = std::mem::replace(&mut self.trust, in_force);
        renewed.map(|()| next)
    }

    /// Wraps every version anew; for a reason, taints them and makes another one, unless that was done for this very reason.
    fn renew(&self, name: &KeyName, reason: Option<&str>, policy: &RecipientPolicy, now: Timestamp) -> Result<()> {
        let before = self.key(name)?;
        let mut key = (*before).clone();
        self.retain_members(&mut key);
        let same =
            |taint: &str, reason: &str| taint.split_once(' ').map(|it| it.1) == reason.split_once(' ').map(|it| it.1);
        let fresh = reason.filter(|reason| !key.versions.iter().any(|version| same(&version.taint, reason)));
        if let Some(reason) = fresh {
            key.taint(reason);
        }
        self.rewrap(&mut key, policy)?;
        if fresh.is_some() {
            self.add_version(&mut key, policy, now)?;
        }
        self.save_key(Some(&before), key, now)
    }
}

fn has_keys_of(member: &Member, received: &Received) -> bool {
    member.sign == received.request.sign && member.recipients == received.request.recipients
}

/// Tells one set of recipients from another, in the reason of a taint.
fn fingerprint_of_recipients(member: &Member) -> String {
    HEXLOWER.encode(&sha256(member.recipients.join("\n").as_bytes())[..4])
}
