//! Key documents: new keys and versions, and who may open them.

use super::error::Result;
use super::parameters::random;
use super::vault::Vault;
use super::writing::Writing;
use crate::crypto::recipient::RecipientPolicy;
use crate::model::head::Head;
use crate::model::id::KeyId;
use crate::model::key::{Codec, Key, KeyState, Suite};
use crate::model::name::{KeyName, MemberName};
use crate::model::team::TeamError;
use crate::model::time::Timestamp;
use crate::model::trust::{KeyRule, Scope, Trust};

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

impl Vault<'_> {
    /// Gives members access to all versions of a key. Returns the new readers.
    pub(crate) fn grant(
        &self,
        name: &KeyName,
        members: &[MemberName],
        policy: &RecipientPolicy,
        now: Timestamp,
    ) -> Result<Vec<MemberName>> {
        self.administering(policy, now)?.let_in(name, members)
    }

    /// Revokes members' access to a key: adds a version without them, and taints everything older. Returns the new
    /// version.
    pub(crate) fn revoke(
        &self,
        name: &KeyName,
        members: &[MemberName],
        policy: &RecipientPolicy,
        now: Timestamp,
    ) -> Result<u64> {
        let mut writing = self.administering(policy, now)?;
        let key = self.key(name)?;
        let stranger = members.iter().find(|member| !key.readers.contains(member));
        let floor = self.trust().key(name).map_or(1, |rule| rule.floor);
        if let (Some(stranger), true) = (stranger, floor >= key.untainted_from()) {
            return Err(TeamError::NotAReader { member: stranger.clone(), key: name.clone() }.into());
        }
        let names: Vec<&str> = members.iter().map(MemberName::as_str).collect();
        writing.shut_out(name, members, &format!("{now} revoked from {}", names.join(", ")))?;
        writing.raise_floors()?;
        Ok(self.key(name)?.current)
    }

    /// A new version of a key for the same readers; values move to it when they are next written. Returns its number.
    pub(crate) fn rotate_key(&self, name: &KeyName, policy: &RecipientPolicy, now: Timestamp) -> Result<u64> {
        let mut writing = self.administering(policy, now)?;
        self.require_opened(name)?;
        let before = self.key(name)?;
        let mut key = (*before).clone();
        let wrapper = writing.wrapping()?;
        wrapper.retain_members(&mut key);
        wrapper.add_version(&mut key, now)?;
        let number = key.current;
        writing.save_key(Some(&before), key)?;
        Ok(number)
    }

    /// Raises the floors of keys that a merge has tainted, in the name of the person who merged them.
    pub(crate) fn raise_floors_of_merge(&self, now: Timestamp) -> Result<()> {
        self.administering_without_wraps(now)?.raise_floors()
    }

    /// Ensures that the current member can open a key: only a reader can grant it.
    pub(crate) fn require_opened(&self, name: &KeyName) -> Result<()> {
        let key = self.key(name)?;
        for version in key.versions.iter().filter(|version| version.state != KeyState::Destroyed) {
            self.key_material(name, version.number)?;
        }
        Ok(())
    }

    pub(super) fn require_member(&self, name: &MemberName) -> Result<()> {
        self.trust().member(name).map(drop).ok_or_else(|| TeamError::NoSuchMember(name.clone()).into())
    }

    /// A trust state whose floors are above every tainted version.
    pub(super) fn with_floors(&self, mut trust: Trust) -> Result<Trust> {
        for rule in &self.trust().keys {
            trust = trust.with_floor(&rule.name, self.key(&rule.name)?.untainted_from());
        }
        Ok(trust)
    }
}

impl Writing<'_, '_> {
    /// Writes the document of a key that the trust chain does not know yet: until then, a crash leaves only a file that
    /// is ignored.
    pub(super) fn write_new_key(&mut self, new: &NewKey) -> Result<KeyRule> {
        let (me, trust) = (self.require_admin()?.name, self.trust());
        let mut readers = vec![me.clone()];
        let recovery = trust.recovery().map(|member| &member.name);
        for reader in recovery.into_iter().chain(&new.readers) {
            self.require_member(reader)?;
            if !readers.contains(reader) {
                readers.push(reader.clone());
            }
        }
        let head = Head::new(0, trust.rev, self.now(), me);
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
        self.wrapping()?.add_version(&mut key, self.now())?;
        let rule = KeyRule { name: key.name.clone(), id: key.id, floor: 1, scopes: new.scopes.clone() };
        self.save_key(None, key)?;
        Ok(rule)
    }

    /// Wraps every version of a key for more members.
    pub(super) fn let_in(&mut self, name: &KeyName, members: &[MemberName]) -> Result<Vec<MemberName>> {
        let before = self.key(name)?;
        let mut key = (*before).clone();
        let wrapper = self.wrapping()?;
        wrapper.retain_members(&mut key);
        let mut new = Vec::new();
        for member in members {
            self.require_member(member)?;
            if !key.readers.contains(member) {
                key.readers.push(member.clone());
                new.push(member.clone());
            }
        }
        if !new.is_empty() {
            wrapper.rewrap(&mut key)?;
            self.save_key(Some(&before), key)?;
        }
        Ok(new)
    }

    /// Creates a version that members cannot open, and taints the older ones; `None` if they are not readers. The
    /// floors must be raised afterwards.
    pub(super) fn shut_out(&mut self, name: &KeyName, members: &[MemberName], reason: &str) -> Result<()> {
        let before = self.key(name)?;
        if !before.readers.iter().any(|reader| members.contains(reader)) {
            return Ok(());
        }
        if members.contains(&self.require_admin()?.name) {
            return Err(TeamError::ReaderNeeded(name.clone()).into());
        }
        let mut key = (*before).clone();
        let wrapper = self.wrapping()?;
        key.readers.retain(|reader| !members.contains(reader));
        wrapper.retain_members(&mut key);
        key.taint(reason);
        wrapper.rewrap(&mut key)?;
        wrapper.add_version(&mut key, self.now())?;
        self.save_key(Some(&before), key)
    }

    /// Prevents sealing under a tainted version, on every machine that has the trust chain.
    pub(super) fn raise_floors(&mut self) -> Result<()> {
        let next = self.with_floors(self.trust().trust.clone())?;
        self.append_snapshot(next)
    }
}
