//! Key documents: new keys and versions, and for whom they are wrapped.
//!
//! Whoever wraps opens their own wrap again before it is written, so that nobody locks themselves out.

use rand::rngs::OsRng;
use subtle::ConstantTimeEq;

use super::document::Document;
use super::error::{Error, Result};
use super::parameters::random;
use super::vault::Vault;
use crate::crypto::key::KeyMaterial;
use crate::crypto::recipient::{Recipient, RecipientPolicy};
use crate::crypto::wrap::{WrapError, unwrap, wrap};
use crate::format::path::key_path;
use crate::model::head::Head;
use crate::model::id::KeyId;
use crate::model::key::{Codec, Key, KeyState, KeyVersion, Suite};
use crate::model::name::{KeyName, MemberName};
use crate::model::team::TeamError;
use crate::model::time::Timestamp;
use crate::model::trust::{KeyRule, Scope, Trust};

/// A key to be made.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// Its name.
    pub name: KeyName,
    /// What it is for.
    pub description: String,
    /// Who may open it, beside the admin who makes it and the recovery key.
    pub readers: Vec<MemberName>,
    /// The names it governs from now on.
    pub scopes: Vec<Scope>,
    /// How values are sealed under it.
    pub codec: Codec,
    /// Which recipients it may be wrapped for.
    pub suite: Suite,
}

impl Vault<'_> {
    /// Lets members open a key, with all its versions. Returns who could not before.
    pub fn grant(
        &mut self,
        name: &KeyName,
        members: &[MemberName],
        policy: &RecipientPolicy,
        now: Timestamp,
    ) -> Result<Vec<MemberName>> {
        let _lock = self.lock_as_admin()?;
        self.let_in(name, members, policy, now)
    }

    /// Takes a key from members: a new version without them, and everything older is tainted. Returns the new version.
    pub fn revoke(
        &mut self,
        name: &KeyName,
        members: &[MemberName],
        policy: &RecipientPolicy,
        now: Timestamp,
    ) -> Result<u64> {
        let _lock = self.lock_as_admin()?;
        let key = self.key(name)?;
        let stranger = members.iter().find(|member| !key.readers.contains(member));
        let floor = self.trust.key(name).map_or(1, |rule| rule.floor);
        if let (Some(stranger), true) = (stranger, floor >= key.untainted_from()) {
            return Err(TeamError::NotAReader { member: stranger.clone(), key: name.clone() }.into());
        }
        let names: Vec<&str> = members.iter().map(MemberName::as_str).collect();
        self.shut_out(name, members, &format!("{now} revoked from {}", names.join(", ")), policy, now)?;
        self.raise_floors(now)?;
        Ok(self.key(name)?.current)
    }

    /// A new version of a key for the same readers; values move to it when they are next written. Returns its number.
    pub fn rotate_key(&mut self, name: &KeyName, policy: &RecipientPolicy, now: Timestamp) -> Result<u64> {
        let _lock = self.lock_as_admin()?;
        self.require_opened(name)?;
        let before = self.key(name)?;
        let mut key = (*before).clone();
        self.retain_members(&mut key);
        self.add_version(&mut key, policy, now)?;
        let number = key.current;
        self.save_key(Some(&before), key, now)?;
        Ok(number)
    }

    /// Writes the document of a key that the trust chain does not know yet: without it there, a crash leaves nothing but a
    /// file that nobody looks at.
    pub(super) fn write_new_key(&self, new: &NewKey, policy: &RecipientPolicy, now: Timestamp) -> Result<KeyRule> {
        let me = self.require_admin()?.name.clone();
        let mut readers = vec![me.clone()];
        let recovery = self.trust.recovery().map(|member| &member.name);
        for reader in recovery.into_iter().chain(&new.readers) {
            self.require_member(reader)?;
            if !readers.contains(reader) {
                readers.push(reader.clone());
            }
        }
        let head = Head { rev: 0, trust: self.trust.rev, modified: now, by: me };
        let mut key = Key {
            id: KeyId(random()),
            name: new.name.clone(),
            head,
            description: new.description.clone(),
            codec: new.codec,
            suite: new.suite,
            current: 0,
            readers,
            versions: Vec::new(),
        };
        self.add_version(&mut key, policy, now)?;
        let rule = KeyRule { name: key.name.clone(), id: key.id, floor: 1, scopes: new.scopes.clone() };
        self.save_key(None, key, now)?;
        Ok(rule)
    }

    /// Makes sure that the member at work can open a key as it is now: only a reader can hand it on.
    pub fn require_opened(&self, name: &KeyName) -> Result<()> {
        let key = self.key(name)?;
        for version in key.versions.iter().filter(|version| version.state != KeyState::Destroyed) {
            self.key_material(name, version.number)?;
        }
        Ok(())
    }

    pub(super) fn require_member(&self, name: &MemberName) -> Result<()> {
        self.trust.member(name).map(drop).ok_or_else(|| TeamError::NoSuchMember(name.clone()).into())
    }

    /// Wraps every version of a key for more members. The lock is held by the caller.
    pub(super) fn let_in(
        &self,
        name: &KeyName,
        members: &[MemberName],
        policy: &RecipientPolicy,
        now: Timestamp,
    ) -> Result<Vec<MemberName>> {
        let before = self.key(name)?;
        let mut key = (*before).clone();
        self.retain_members(&mut key);
        let mut new = Vec::new();
        for member in members {
            self.require_member(member)?;
            if !key.readers.contains(member) {
                key.readers.push(member.clone());
                new.push(member.clone());
            }
        }
        if !new.is_empty() {
            self.rewrap(&mut key, policy)?;
            self.save_key(Some(&before), key, now)?;
        }
        Ok(new)
    }

    /// Makes a version that members cannot open, and taints the older ones; nothing if they are no readers. The lock is held
    /// by the caller, who raises the floors afterwards.
    pub(super) fn shut_out(
        &self,
        name: &KeyName,
        members: &[MemberName],
        reason: &str,
        policy: &RecipientPolicy,
        now: Timestamp,
    ) -> Result<()> {
        let before = self.key(name)?;
        if !before.readers.iter().any(|reader| members.contains(reader)) {
            return Ok(());
        }
        if members.contains(&self.require_admin()?.name) {
            return Err(TeamError::ReaderNeeded(name.clone()).into());
        }
        let mut key = (*before).clone();
        key.readers.retain(|reader| !members.contains(reader));
        self.retain_members(&mut key);
        key.taint(reason);
        self.rewrap(&mut key, policy)?;
        self.add_version(&mut key, policy, now)?;
        self.save_key(Some(&before), key, now)
    }

    /// Lets nobody seal anything under a tainted version, on any machine that has the trust chain.
    pub(super) fn raise_floors(&mut self, now: Timestamp) -> Result<()> {
        let next = self.with_floors(self.trust.clone())?;
        self.succeed(next, now)
    }

    /// The same after a merge of keys, by whoever merged them.
    pub fn raise_floors_of_merge(&mut self, now: Timestamp) -> Result<()> {
        let _lock = self.lock_as_admin()?;
        self.raise_floors(now)
    }

    /// A trust state whose floors are above every tainted version.
    pub(super) fn with_floors(&self, mut trust: Trust) -> Result<Trust> {
        for rule in &self.trust.keys {
            trust = trust.with_floor(&rule.name, self.key(&rule.name)?.untainted_from());
        }
        Ok(trust)
    }

    /// Signs and replaces a key document. The lock is held by the caller.
    pub(super) fn save_key(&self, before: Option<&Key>, mut key: Key, now: Timestamp) -> Result<()> {
        key.head = self.next_head(before.map(|key| &key.head), &key_path(&key.name), now)?;
        self.save(before, &key)?;
        self.know_key(key);
        Ok(())
    }

    /// A reader whom the trust chain does not know any more cannot be wrapped for.
    pub(super) fn retain_members(&self, key: &mut Key) {
        key.readers.retain(|reader| self.trust.member(reader).is_some());
    }

    pub(super) fn add_version(&self, key: &mut Key, policy: &RecipientPolicy, now: Timestamp) -> Result<()> {
        let number = key.next_number();
        let material = KeyMaterial::generate(&self.id.0, &key.id.0, number, &mut OsRng);
        key.versions.push(KeyVersion {
            number,
            created: now,
            state: KeyState::Enabled,
            taint: String::new(),
            check: material.check(),
            seal: material.seal_recipient(),
            wrapped: self.wrapped(key, &material, policy)?,
        });
        key.current = number;
        Ok(())
    }

    pub(super) fn rewrap(&self, key: &mut Key, policy: &RecipientPolicy) -> Result<()> {
        for at in 0..key.versions.len() {
            if key.versions[at].state != KeyState::Destroyed {
                let material = self.key_material(&key.name, key.versions[at].number)?;
                key.versions[at].wrapped = self.wrapped(key, &material, policy)?;
            }
        }
        Ok(())
    }

    /// A version, wrapped for the readers of its key. Every wrap is made here, none for the readers of an outdated document: a
    /// new version becomes the current one only after that.
    pub(super) fn wrapped(&self, key: &Key, material: &KeyMaterial, policy: &RecipientPolicy) -> Result<String> {
        key.check_floor(&self.trust)?;
        let failed = |error| Error::Wrap { key: key.name.clone(), error };
        let recipients = self.recipients(key, policy)?;
        let payload = material.payload(&self.id.to_string());
        let wrapped = wrap(&recipients, payload.as_bytes()).map_err(failed)?;
        let opened = unwrap(&wrapped, self.credentials()?.identity()).map_err(|error| match error {
            WrapError::NotARecipient => TeamError::ReaderNeeded(key.name.clone()).into(),
            other => failed(other),
        })?;
        if bool::from(opened.ct_eq(payload.as_bytes())) { Ok(wrapped) } else { Err(failed(WrapError::Damaged)) }
    }

    fn recipients(&self, key: &Key, policy: &RecipientPolicy) -> Result<Vec<Recipient>> {
        let mut recipients = Vec::new();
        for name in &key.readers {
            let member = self.trust.member(name).ok_or_else(|| TeamError::NoSuchMember(name.clone()))?;
            for text in &member.recipients {
                let recipient = Recipient::parse(text, policy);
                let recipient = recipient.map_err(|error| Error::Recipient { member: name.clone(), error })?;
                if key.suite == Suite::Pq && !recipient.is_post_quantum() {
                    return Err(Error::NotPostQuantum { key: key.name.clone(), member: name.clone() });
                }
                recipients.push(recipient);
            }
        }
        Ok(recipients)
    }
}
