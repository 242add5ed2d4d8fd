//! Changing one document: read under the lock, changed by a rule of the model, and saved if anything is different.

use super::access::Outcome;
use super::error::Result;
use super::loaded::Loaded;
use super::subject::Subject;
use super::valued::Valued;
use super::vault::Vault;
use super::writing::Writing;
use crate::model::time::Timestamp;

/// How often a change is retried because a program that ignores the lock, such as git, was faster.
pub(super) const ATTEMPTS: usize = 5;

impl Vault<'_> {
    /// Changes an existing document.
    pub(super) fn amend<D: Valued, T>(
        &self,
        name: &D::Name,
        now: Timestamp,
        rule: impl Fn(&mut D) -> Result<T>,
    ) -> Result<T> {
        self.change(name, now, |existing: Option<&D>| {
            let live = existing.filter(|document| document.lives(now));
            let mut document = live.cloned().ok_or_else(|| self.missing::<D>(name, now))?;
            let outcome = rule(&mut document)?;
            Ok((document, outcome))
        })
    }

    /// Locks, reads what is there now, applies `change`, and saves if anything is different. `change` runs again if
    /// another process was faster.
    pub(super) fn change<D: Valued, T>(
        &self,
        name: &D::Name,
        now: Timestamp,
        change: impl Fn(Option<&D>) -> Result<(D, T)>,
    ) -> Result<T> {
        let may_write = self.require_writer(D::KIND, name.as_ref());
        if may_write.is_err() {
            self.report_failure(Subject::named(D::KIND, name.as_ref()), Outcome::of(&may_write));
        }
        may_write?;
        let mut attempt = 1;
        loop {
            match self.writing(now)?.change_document(name, &change) {
                Err(error) if error.is_overtaken() && attempt < ATTEMPTS => attempt += 1,
                outcome => return outcome,
            }
        }
    }
}

impl Writing<'_, '_> {
    /// The same as a part of a larger change, by a member who may write the name.
    pub(super) fn change_document<D: Valued, T>(
        &mut self,
        name: &D::Name,
        change: impl Fn(Option<&D>) -> Result<(D, T)>,
    ) -> Result<T> {
        let outcome = self.put_changed(name, change);
        if outcome.is_err() {
            self.report_failure(Subject::named(D::KIND, name.as_ref()), Outcome::of(&outcome));
        }
        let outcome = outcome?;
        self.publish()?;
        Ok(outcome)
    }

    /// The same without publishing it yet.
    pub(super) fn put_changed<D: Valued, T>(
        &mut self,
        name: &D::Name,
        change: impl Fn(Option<&D>) -> Result<(D, T)>,
    ) -> Result<T> {
        let existing: Option<Loaded<D>> = self.load_named(name)?;
        let before = existing.as_ref().map(|loaded| &loaded.document);
        let (mut changed, outcome) = change(before)?;
        if before != Some(&changed) {
            changed.check_storable(before, self.now())?;
            self.normalize(&mut changed)?;
            self.put(existing.as_ref(), changed)?;
        }
        Ok(outcome)
    }
}
