//! Whether a key may be used: disabled and enabled again, marked for deletion and brought back, destroyed in the end.
//!
//! The trust chain decides. A key is destroyed in two steps: the snapshot that says so, then the wraps are emptied; a
//! crash leaves wraps that the next change of an admin empties.

use super::document::Document;
use super::error::Result;
use super::key_error::VaultKeyError;
use super::keys::require_enabled;
use super::reseal::sealing_keys;
use super::vault::Vault;
use super::writing::Writing;
use crate::model::key::{Key, KeyState, Wrap};
use crate::model::name::KeyName;
use crate::model::time::Timestamp;

impl Vault<'_> {
    /// Takes a key out of use until it is enabled again. Returns whether that changed anything.
    pub(crate) fn disable_key(&self, name: &KeyName, now: Timestamp) -> Result<bool> {
        self.change_state(name, KeyState::Disabled, now)
    }

    /// Puts a disabled key into use again. Returns whether that changed anything.
    pub(crate) fn enable_key(&self, name: &KeyName, now: Timestamp) -> Result<bool> {
        self.change_state(name, KeyState::Enabled, now)
    }

    fn change_state(&self, name: &KeyName, state: KeyState, now: Timestamp) -> Result<bool> {
        let mut writing = self.administering_without_wraps(now)?;
        let key = self.key(name)?;
        require_kept(&key)?;
        writing.put_state(&key, state)?;
        Ok(key.state != state)
    }

    /// Refuses to delete a key that is being deleted already, or that documents need.
    pub(crate) fn require_deletable(&self, name: &KeyName) -> Result<()> {
        require_kept(&*self.key(name)?)?;
        let documents = self.documents_that_need(name)?;
        if documents.is_empty() { Ok(()) } else { Err(VaultKeyError::InUse { key: name.clone(), documents }.into()) }
    }

    /// Marks a key for deletion. Until then it cannot be used, and can be brought back.
    pub(crate) fn schedule_key_deletion(&self, name: &KeyName, after: Timestamp, now: Timestamp) -> Result<()> {
        let mut writing = self.administering_without_wraps(now)?;
        self.require_deletable(name)?;
        writing.put_state(&*self.key(name)?, KeyState::Deleting(after))
    }

    /// Brings a key back that is marked for deletion. Returns whether it was.
    pub(crate) fn restore_key(&self, name: &KeyName, now: Timestamp) -> Result<bool> {
        // Not a change that destroys what is due: this key may be.
        self.require_admin()?;
        let mut writing = self.writing(now)?;
        let key = self.key(name)?;
        if key.is_destroyed() {
            return Err(VaultKeyError::Destroyed(name.clone()).into());
        }
        let is_marked = matches!(key.state, KeyState::Deleting(_));
        if is_marked {
            writing.put_state(&key, KeyState::Enabled)?;
        }
        Ok(is_marked)
    }

    /// The keys whose deletion is due.
    pub(crate) fn keys_due(&self, now: Timestamp) -> Vec<KeyName> {
        self.trust().keys.iter().filter(|key| key.is_due(now)).map(|key| key.name.clone()).collect()
    }

    /// Destroys a key whose deletion is due, unless a document needs it.
    pub(crate) fn destroy_key(&self, name: &KeyName, now: Timestamp) -> Result<()> {
        drop(self.administering_without_wraps(now)?);
        if self.key(name)?.is_due(now) {
            let documents = self.documents_that_need(name)?;
            return Err(VaultKeyError::InUse { key: name.clone(), documents }.into());
        }
        Ok(())
    }

    /// The names of the documents that a key governs, or that have a value under it. A document that cannot be trusted is
    /// an error: it may be one of them.
    fn documents_that_need(&self, name: &KeyName) -> Result<Vec<String>> {
        let (trust, mut names) = (self.trust(), Vec::new());
        let documents = self.all_documents()?.whole()?;
        self.each_document(&documents, |at, document| {
            let Some(document) = document?.filter(|document| !document.is_deleted()) else { return Ok(()) };
            let governs = trust.key_for(at.kind, document.name()).is_some_and(|key| key.name == *name);
            if governs || sealing_keys(&document).iter().any(|key| key.name == *name) {
                names.push(document.name().to_owned());
            }
            Ok(())
        })?;
        Ok(names)
    }
}

/// Refuses a key that is being deleted.
fn require_kept(key: &Key) -> Result<()> {
    if let KeyState::Deleting(_) = key.state { require_enabled(key) } else { Ok(()) }
}

impl Writing<'_, '_> {
    fn put_state(&mut self, key: &Key, state: KeyState) -> Result<()> {
        self.append_snapshot(self.trust().with_changed_key(&Key { state, ..key.clone() }))
    }

    /// Destroys the keys whose deletion is due, but for those that a document came to need on another branch.
    pub(super) fn destroy_due_keys(&mut self) -> Result<()> {
        let mut next = self.trust().trust.clone();
        for key in next.keys.iter_mut().filter(|key| key.is_due(self.now())) {
            if self.documents_that_need(&key.name).is_ok_and(|documents| documents.is_empty()) {
                key.destroy();
            }
        }
        self.append_snapshot(next)?;
        for key in self.trust().keys.iter().filter(|key| key.is_destroyed()) {
            self.empty_wraps(&key.name)?;
        }
        Ok(())
    }

    fn empty_wraps(&mut self, name: &KeyName) -> Result<()> {
        let mut document = (*self.key_document(name)?).clone();
        if document.wraps.iter().all(|wrap| wrap.wrapped.is_empty()) {
            return Ok(());
        }
        for wrap in &mut document.wraps {
            *wrap = Wrap { number: wrap.number, recipients: Vec::new(), wrapped: String::new() };
        }
        self.put_key(document)
    }
}
