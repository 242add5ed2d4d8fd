//! Changes of keys: new ones, new versions, and who may open them.
//!
//! The trust chain decides; the document holds the wraps. A grant writes the snapshot first and the wraps after it, so
//! that a crash leaves a reader whose wrap is on its way. A new version is wrapped first and named by a snapshot after
//! it, so that a crash leaves a wrap that nobody uses.

use super::error::Result;
use super::key_error::VaultKeyError;
use super::parameters::random;
use super::vault::Vault;
use super::wrapping::{new_number, readers_prints};
use super::writing::Writing;
use crate::crypto::recipient::RecipientPolicy;
use crate::model::head::Head;
use crate::model::id::KeyId;
use crate::model::key::{Codec, Key, KeyDocument, KeyState, Suite};
use crate::model::name::{KeyName, MemberName};
use crate::model::team::TeamError;
use crate::model::time::Timestamp;
use crate::model::trust::{Scope, Trust};

/// A key to be created.
#[derive(Debug, Clone)]
pub(crate) struct NewKey {
    /// Its name.
    pub name: KeyName,
    /// What it is for.
    pub description: String,
    /// Who may open it, besides the admin who creates it and the recovery key.
    pub readers: Vec<MemberName>,
    /// The names it governs from now on.
    pub scopes: Vec<Scope>,
    /// How values are sealed under it.
    pub codec: Codec,
    /// Which recipients it may be wrapped for.
    pub suite: Suite,
}

/// A key whose readers cannot all open it, or that seals nothing, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnfinishedKey {
    /// The key.
    pub name: KeyName,
    /// Readers whom a version in use is not wrapped for.
    pub unwrapped: Vec<MemberName>,
    /// Its current version cannot seal: two branches met that both revoked it.
    pub sealless: bool,
    /// A version is still wrapped for somebody whom a removal or a revocation that was interrupted took from the readers.
    pub overwrapped: bool,
}

impl Vault<'_> {
    /// Gives members access to all versions of a key. Returns those who could not open it before.
    pub(crate) fn grant(
        &self,
        name: &KeyName,
        members: &[MemberName],
        policy: &RecipientPolicy,
        now: Timestamp,
    ) -> Result<Vec<MemberName>> {
        self.require_opened(name)?;
        self.administering(policy, now)?.let_in(name, members)
    }

    /// Revokes members' access to a key: adds a version without them, and taints everything older.
    pub(crate) fn revoke(
        &self,
        name: &KeyName,
        members: &[MemberName],
        policy: &RecipientPolicy,
        now: Timestamp,
    ) -> Result<()> {
        let mut writing = self.administering(policy, now)?;
        let key = self.key(name)?;
        if let Some(stranger) = members.iter().find(|member| !key.readers.contains(member)) {
            // An interrupted revocation has left them a wrap of the older versions.
            writing.wrap_for_readers(name)?;
            return Err(TeamError::NotAReader { member: stranger.clone(), key: name.clone() }.into());
        }
        writing.end_shares_of(members, Some(name))?;
        let names: Vec<&str> = members.iter().map(MemberName::as_str).collect();
        let mut next = self.trust().trust.clone();
        writing.shut_out(&mut next, name, members, &format!("{now} revoked from {}", names.join(", ")))?;
        writing.append_snapshot(next)?;
        writing.wrap_for_readers(name)
    }

    /// A new version of a key for the same readers; values move to it when they are next written.
    pub(crate) fn rotate_key(&self, name: &KeyName, policy: &RecipientPolicy, now: Timestamp) -> Result<()> {
        let mut writing = self.administering(policy, now)?;
        self.require_opened(name)?;
        let mut next = self.trust().trust.clone();
        writing.add_version(&mut next, name)?;
        writing.append_snapshot(next)
    }

    /// Finishes what an interrupted change or a merge left: wraps for every reader, and a version that seals in every key.
    /// Returns the keys that were changed; those that this member does not read are left.
    pub(crate) fn finish_keys(&self, policy: &RecipientPolicy, now: Timestamp) -> Result<Vec<KeyName>> {
        let unfinished = self.unfinished_keys()?;
        if unfinished.is_empty() {
            return Ok(Vec::new());
        }
        let mut writing = self.administering(policy, now)?;
        let mut done = Vec::new();
        for UnfinishedKey { name, sealless, .. } in unfinished {
            if self.require_opened(&name).is_err() {
                continue;
            }
            if sealless {
                let mut next = self.trust().trust.clone();
                writing.add_version(&mut next, &name)?;
                writing.append_snapshot(next)?;
            }
            writing.wrap_for_readers(&name)?;
            done.push(name);
        }
        Ok(done)
    }

    /// The keys that an interrupted change or a merge left unfinished.
    pub(crate) fn unfinished_keys(&self) -> Result<Vec<UnfinishedKey>> {
        let mut unfinished = Vec::new();
        for key in &self.trust().keys {
            unfinished.extend(self.unfinished_key(&key.name)?);
        }
        Ok(unfinished)
    }

    /// What an interrupted change or a merge left unfinished in one key, if it did.
    pub(crate) fn unfinished_key(&self, name: &KeyName) -> Result<Option<UnfinishedKey>> {
        let (trust, key, document) = (self.trust(), self.key(name)?, self.key_document(name)?);
        let unwrapped = unwrapped_readers(&trust, &key, &document);
        let sealless = key.state == KeyState::Enabled && !key.seals();
        let overwrapped = is_overwrapped(&trust, &key, &document);
        let is_unfinished = sealless || overwrapped || !unwrapped.is_empty();
        Ok(is_unfinished.then(|| UnfinishedKey { name: name.clone(), unwrapped, sealless, overwrapped }))
    }

    /// Ensures that the current member can open a key: only a reader can grant it.
    pub(crate) fn require_opened(&self, name: &KeyName) -> Result<()> {
        let key = self.key(name)?;
        if key.is_destroyed() {
            return Err(VaultKeyError::Destroyed(name.clone()).into());
        }
        key.openable().try_for_each(|version| self.key_material(name, version.number).map(drop))
    }
}

impl Writing<'_, '_> {
    /// Writes the document of a key that the trust chain does not know yet: until then, a crash leaves only a file that
    /// is ignored.
    pub(super) fn write_new_key(&mut self, new: &NewKey) -> Result<Key> {
        let (me, trust) = (self.require_admin()?.name, self.trust());
        let mut readers = vec![me.clone()];
        let recovery = trust.recovery().map(|member| &member.name);
        for reader in recovery.into_iter().chain(&new.readers) {
            trust.member(reader).ok_or_else(|| TeamError::NoSuchMember(reader.clone()))?;
            if !readers.contains(reader) {
                readers.push(reader.clone());
            }
        }
        let key = Key { readers, ..new.key(KeyId(random())) };
        let (version, wrap) = self.wrapping()?.new_version(&key, self.now())?;
        let head = Head::new(0, trust.rev, self.now(), me);
        let (id, name) = (key.id, key.name.clone());
        self.put_key(KeyDocument { id, name, head, wraps: vec![wrap], stated: None })?;
        Ok(key.with_version(version))
    }

    /// Names more readers of a key in a snapshot, and wraps every version for them. Returns those who could not open it
    /// before.
    pub(super) fn let_in(&mut self, name: &KeyName, members: &[MemberName]) -> Result<Vec<MemberName>> {
        let before = self.key(name)?;
        let next = self.trust().with_readers(name, members)?;
        self.wrapper(next.clone(), self.policy()?).require_recipients(name)?;
        self.append_snapshot(next)?;
        let (trust, document) = (self.trust(), self.key_document(name)?);
        let unwrapped = unwrapped_readers(&trust, &*self.key(name)?, &document);
        let is_new = |member: &&MemberName| !before.readers.contains(member) || unwrapped.contains(member);
        let new = members.iter().filter(is_new).cloned().collect();
        self.wrap_for_readers(name)?;
        Ok(new)
    }

    /// Wraps every version again that is not wrapped for exactly the readers whom the trust chain names.
    pub(super) fn wrap_for_readers(&mut self, name: &KeyName) -> Result<()> {
        let (trust, key) = (self.trust(), self.key(name)?);
        let before = self.key_document(name)?;
        let (mut document, expected) = ((*before).clone(), readers_prints(&trust, &key));
        let wrapper = self.wrapping()?;
        for version in key.openable() {
            if before.wrap(version.number).is_none_or(|wrap| wrap.recipients != expected) {
                let material = self.key_material(name, version.number)?;
                document.put(wrapper.wrap(&key, version.number, &material)?);
            }
        }
        if document == *before { Ok(()) } else { self.put_key(document) }
    }

    /// The same for all keys that this member reads.
    pub(super) fn wrap_what_opens(&mut self) -> Result<()> {
        for key in &self.trust().keys {
            if self.require_opened(&key.name).is_ok() {
                self.wrap_for_readers(&key.name)?;
            }
        }
        Ok(())
    }

    /// Takes members from the readers of a key in the next snapshot: with a new version that they cannot open, which is
    /// wrapped at once, and everything older tainted. Nothing if they are no readers.
    pub(super) fn shut_out(
        &mut self,
        next: &mut Trust,
        name: &KeyName,
        members: &[MemberName],
        reason: &str,
    ) -> Result<()> {
        if members.contains(&self.require_admin()?.name) {
            return Err(TeamError::ReaderNeeded(name.clone()).into());
        }
        if let Some(key) = next.keys.iter_mut().find(|key| key.name == *name) {
            key.readers.retain(|reader| !members.contains(reader));
            key.taint(reason);
        }
        self.add_version(next, name)
    }

    /// Adds a version to a key in the next snapshot, wrapped at once for the readers that it has there.
    pub(super) fn add_version(&mut self, next: &mut Trust, name: &KeyName) -> Result<()> {
        let key = next.key(name).ok_or_else(|| VaultKeyError::NotFound(name.clone()))?.clone();
        let mut document = (*self.key_document(name)?).clone();
        let (version, wrap) = self.wrapper(next.clone(), self.policy()?).new_version(&key, self.now())?;
        document.put(wrap);
        self.put_key(document)?;
        *next = next.with_changed_key(&key.with_version(version));
        Ok(())
    }
}

impl NewKey {
    /// The key without readers and versions.
    pub(super) fn key(&self, id: KeyId) -> Key {
        Key {
            name: self.name.clone(),
            id,
            state: KeyState::Enabled,
            description: self.description.clone(),
            codec: self.codec,
            suite: self.suite,
            scopes: self.scopes.clone(),
            readers: Vec::new(),
            current: new_number(),
            versions: Vec::new(),
            floor: 1,
        }
    }
}

/// The readers whom a version of a key in use is not wrapped for.
fn unwrapped_readers(trust: &Trust, key: &Key, document: &KeyDocument) -> Vec<MemberName> {
    let lacks = |reader: &&MemberName| {
        let alone = Key { readers: vec![(*reader).clone()], ..key.clone() };
        let prints = readers_prints(trust, &alone);
        let has = |recipients: &Vec<_>| prints.iter().all(|print| recipients.contains(print));
        !key.openable().all(|version| document.wrap(version.number).is_some_and(|wrap| has(&wrap.recipients)))
    };
    if document.stated.is_some() { Vec::new() } else { key.readers.iter().filter(lacks).cloned().collect() }
}

/// Whether a version is still wrapped for somebody who is no reader.
fn is_overwrapped(trust: &Trust, key: &Key, document: &KeyDocument) -> bool {
    let expected = readers_prints(trust, key);
    let is_foreign = |number: u64| {
        document.wrap(number).is_some_and(|wrap| wrap.recipients.iter().any(|print| !expected.contains(print)))
    };
    document.stated.is_none() && key.openable().any(|version| is_foreign(version.number))
}
