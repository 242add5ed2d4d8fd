//! For whom keys are wrapped: exactly their readers, by the recipients that a trust state gives them.
//!
//! The current member opens their own wrap before it is written, so that nobody locks themselves out.

use rand::rngs::OsRng;
use subtle::ConstantTimeEq;

use super::document::Document;
use super::error::{Error, Result};
use super::key_error::VaultKeyError;
use super::vault::Vault;
use super::writing::Writing;
use crate::crypto::key::KeyMaterial;
use crate::crypto::recipient::{Recipient, RecipientPolicy};
use crate::crypto::wrap::{WrapError, unwrap, wrap};
use crate::model::key::{Key, KeyState, KeyVersion, Suite};
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
    /// A reader whom the trust chain no longer knows cannot be wrapped for.
    pub(super) fn retain_members(&self, key: &mut Key) {
        key.readers.retain(|reader| self.trust.member(reader).is_some());
    }

    /// A new version, which becomes the current one.
    pub(super) fn add_version(&self, key: &mut Key, now: Timestamp) -> Result<()> {
        let number = key.next_number();
        let material = KeyMaterial::generate(&self.vault.id.0, &key.id.0, number, &mut OsRng);
        key.versions.push(KeyVersion {
            number,
            created: now,
            state: KeyState::Enabled,
            taint: String::new(),
            check: material.check(),
            seal: material.seal_recipient(),
            wrapped: self.wrapped(key, &material)?,
        });
        key.current = number;
        Ok(())
    }

    /// Wraps every version again.
    pub(super) fn rewrap(&self, key: &mut Key) -> Result<()> {
        for at in 0..key.versions.len() {
            if key.versions[at].state != KeyState::Destroyed {
                let material = self.vault.key_material(&key.name, key.versions[at].number)?;
                key.versions[at].wrapped = self.wrapped(key, &material)?;
            }
        }
        Ok(())
    }

    /// A version, wrapped for the readers of its key. Every wrap is made here, none for the readers of an outdated document: a
    /// new version becomes the current one only after that.
    pub(super) fn wrapped(&self, key: &Key, material: &KeyMaterial) -> Result<String> {
        key.check_floor(&self.trust)?;
        let failed = |error| VaultKeyError::Wrap { key: key.name.clone(), error };
        let recipients = self.recipients(key)?;
        let payload = material.payload(&self.vault.id.to_string());
        let wrapped = wrap(&recipients, payload.as_bytes()).map_err(failed)?;
        let opened = unwrap(&wrapped, self.vault.credentials()?.identity()).map_err(|error| match error {
            WrapError::NotARecipient => Error::from(TeamError::ReaderNeeded(key.name.clone())),
            other => failed(other).into(),
        })?;
        if bool::from(opened.ct_eq(payload.as_bytes())) { Ok(wrapped) } else { Err(failed(WrapError::Damaged).into()) }
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
