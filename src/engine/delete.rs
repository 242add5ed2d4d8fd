//! Deleting a document with values: on request, or when it is due.

use super::error::Result;
use super::refused::Checked;
use super::valued::Valued;
use super::vault::Vault;
use crate::model::time::Timestamp;

impl Vault<'_> {
    /// Deletes a document with all its versions at once, due or not. A signed tombstone stays.
    pub(crate) fn delete<D: Valued>(&self, name: &D::Name, now: Timestamp) -> Result<()> {
        if self.delete_if::<D>(name, now, |_| true)? { Ok(()) } else { Err(self.not_found::<D>(name.as_ref())) }
    }

    /// Deletes a document if it is due: a parameter that expired long enough ago, or a secret after its recovery window.
    /// Returns whether it was: somebody may have replaced it in the meantime.
    pub(crate) fn purge<D: Valued>(&self, name: &D::Name, now: Timestamp) -> Result<bool> {
        let grace = self.trust().settings.grace();
        self.delete_if::<D>(name, now, |document| document.is_due(grace, now))
    }

    /// The names of the documents that [`Vault::purge`] deletes. Only those that seem due are verified.
    pub(crate) fn purges_due<D: Valued>(&self, now: Timestamp) -> Result<Checked<D::Name>> {
        let grace = self.trust().settings.grace();
        let due = self.sift_where(D::may_be_due, |document: &D| document.is_due(grace, now))?;
        Ok(due.map(|document| document.full_name().clone()))
    }

    fn delete_if<D: Valued>(&self, name: &D::Name, now: Timestamp, wanted: impl Fn(&D) -> bool) -> Result<bool> {
        self.change(name, now, |existing: Option<&D>| {
            let mut document = existing.cloned().ok_or_else(|| self.not_found::<D>(name.as_ref()))?;
            let is_wanted = !document.is_deleted() && wanted(&document);
            if is_wanted {
                document.delete();
            }
            Ok((document, is_wanted))
        })
    }
}
