//! For whom keys are wrapped: exactly the readers that a trust state gives them, by the recipients that it gives these.
//!
//! The current member opens their own wrap before it is written, so that nobody locks themselves out.

use rand::RngCore;
use rand::rngs::OsRng;
use subtle::ConstantTimeEq;

use super::error::{Error, Result};
use super::key_error::VaultKeyError;
use super::vault::Vault;
use super::writing::Writing;
use crate::crypto::framing::recipient_fingerprint;
use crate::crypto::key::KeyMaterial;
use crate::crypto::recipient::{Recipient, RecipientPolicy};
use crate::crypto::wrap::{WrapError, unwrap, wrap};
use crate::model::key::{Fingerprint, Key, KeyVersion, Suite, VersionState, Wrap};
use crate::model::name::KeyName;
use crate::model::team::TeamError;
use crate::model::time::Timestamp;
use crate::model::trust::Trust;

/// Wraps keys for the readers that they have under a trust state.
pub(super) struct Wrapper<'w> {
    vault: &'w Vault<'w>,
    trust: Trust,
    policy: &'w RecipientPolicy,
}

impl Vault<'_> {
    /// Wraps under a trust state: the one in force, or the next one.
    pub(super) fn wrapper<'w>(&'w self, trust: Trust, policy: &'w RecipientPolicy) -> Wrapper<'w> {
        Wrapper { vault: self, trust, policy }
    }
}

impl Writing<'_, '_> {
    /// Wraps under the trust state that is in force.
    pub(super) fn wrapping(&self) -> Result<Wrapper<'_>> {
        Ok(self.wrapper(self.trust().trust.clone(), self.policy()?))
    }
}

impl Wrapper<'_> {
    /// A new version of a key, wrapped for its readers. It is used once a snapshot names it.
    pub(super) fn new_version(&self, key: &Key, now: Timestamp) -> Result<(KeyVersion, Wrap)> {
        let number = new_number();
        let material = KeyMaterial::generate(&self.vault.id.0, &key.id.0, number, &mut OsRng);
        Ok((version_of(&material, number, now), self.wrap(key, number, &material)?))
    }

    /// Refuses readers whom a key cannot be wrapped for: asked before a snapshot names them.
    pub(super) fn require_recipients(&self, name: &KeyName) -> Result<()> {
        self.trust.key(name).map_or(Ok(()), |key| self.recipients(key).map(drop))
    }

    /// A version, wrapped for the readers of its key.
    pub(super) fn wrap(&self, key: &Key, number: u64, material: &KeyMaterial) -> Result<Wrap> {
        let failed = |error| VaultKeyError::Wrap { key: key.name.clone(), error };
        let recipients = self.recipients(key)?;
        let payload = material.payload(&self.vault.id.to_string());
        let wrapped = wrap(&recipients, payload.as_bytes()).map_err(failed)?;
        let opened = unwrap(&wrapped, self.vault.credentials()?.identity()).map_err(|error| match error {
            WrapError::NotARecipient => Error::from(TeamError::ReaderNeeded(key.name.clone())),
            other => failed(other).into(),
        })?;
        if !bool::from(opened.ct_eq(payload.as_bytes())) {
            return Err(failed(WrapError::Damaged).into());
        }
        Ok(Wrap { number, recipients: prints(recipients.iter().map(Recipient::as_str)), wrapped })
    }

    fn recipients(&self, key: &Key) -> Result<Vec<Recipient>> {
        let mut recipients = Vec::new();
        for name in &key.readers {
            let member = self.trust.member(name).ok_or_else(|| TeamError::NoSuchMember(name.clone()))?;
            for text in &member.recipients {
                let recipient = Recipient::parse(text, self.policy);
                let recipient = recipient.map_err(|error| Error::Recipient { member: name.clone(), error })?;
                if key.suite == Suite::Pq && !recipient.is_post_quantum() {
                    return Err(VaultKeyError::NotPostQuantum { key: key.name.clone(), member: name.clone() }.into());
                }
                recipients.push(recipient);
            }
        }
        Ok(recipients)
    }
}

/// The fingerprints of the recipients that a key's readers have under a trust state, as its wraps state them.
pub(super) fn readers_prints(trust: &Trust, key: &Key) -> Vec<Fingerprint> {
    let readers = key.readers.iter().filter_map(|reader| trust.member(reader));
    prints(readers.flat_map(|member| member.recipients.iter().map(String::as_str)))
}

pub(super) fn prints<'t>(recipients: impl Iterator<Item = &'t str>) -> Vec<Fingerprint> {
    let mut prints: Vec<Fingerprint> = recipients.map(recipient_fingerprint).collect();
    prints.sort_unstable();
    prints.dedup();
    prints
}

/// What the trust chain says of a new version.
pub(super) fn version_of(material: &KeyMaterial, number: u64, created: Timestamp) -> KeyVersion {
    let (state, taint) = (VersionState::Enabled, String::new());
    KeyVersion { number, created, state, taint, check: material.check(), seal: material.seal_recipient() }
}

/// A number that no version of any branch has: random, and above every number of format 1.
pub(super) fn new_number() -> u64 {
    OsRng.next_u64() | 1 << 63
}
