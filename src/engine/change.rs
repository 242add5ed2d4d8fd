//! Changing one document: locked, read again, changed by a rule of the model, and saved if anything is different.

use super::document::Document;
use super::error::Result;
use super::valued::Valued;
use super::vault::Vault;
use crate::model::time::Timestamp;
use crate::store::Lock;

impl Vault<'_> {
    /// Changes a document that lives.
    pub(super) fn amend<D: Valued, T>(
        &self,
        name: &D::Name,
        now: Timestamp,
        rule: impl FnOnce(&mut D) -> Result<T>,
    ) -> Result<T> {
        self.change(name, now, |existing: Option<&D>| {
            let live = existing.filter(|document| document.lives(now));
            let mut document = live.cloned().ok_or_else(|| D::missing(self, name, now))?;
            let outcome = rule(&mut document)?;
            Ok((document, outcome))
        })
    }

    /// Locks, reads what is there now, applies `change`, and saves if anything is different.
    pub(super) fn change<D: Valued, T>(
        &self,
        name: &D::Name,
        now: Timestamp,
        change: impl FnOnce(Option<&D>) -> Result<(D, T)>,
    ) -> Result<T> {
        self.require_writer(D::KIND, name.as_ref())?;
        self.change_locked(&self.lock()?, name, now, change)
    }

    /// The same for a caller who has the lock, and the right to write the name.
    pub(super) fn change_locked<D: Valued, T>(
        &self,
        _lock: &Lock,
        name: &D::Name,
        now: Timestamp,
        change: impl FnOnce(Option<&D>) -> Result<(D, T)>,
    ) -> Result<T> {
        let existing = D::find(self, name)?;
        let (mut changed, outcome) = change(existing.as_ref())?;
        if existing.as_ref() != Some(&changed) {
            changed.check_storable(now)?;
            self.normalize(&mut changed)?;
            let before = existing.as_ref().map(Document::head);
            *changed.head_mut() = self.next_head(before, &changed.path()?, now)?;
            self.save(existing.as_ref(), &changed)?;
        }
        Ok(outcome)
    }
}
