//! Reporting what passes through a vault, before a value leaves, and what happens where that cannot be recorded.

use super::access::{Access, Deed, Unlogged};
use super::error::Error;
use super::ledger::Notice;
use super::vault::Vault;
use crate::machine::audit::Note;
use crate::model::settings::Audit;

impl Vault<'_> {
    /// The one function that is called for every opening of a value and every change. `access` is called only if somebody
    /// observes. What cannot be recorded is an error where the vault requires a record, and a notice elsewhere.
    pub(super) fn report(&self, access: impl FnOnce(String) -> Access) -> Result<(), Error> {
        let purpose = self.ledger.purpose();
        let Some(observer) = &purpose.observer else { return self.unlogged("nothing records it") };
        let access = access(purpose.name.clone());
        // A rehearsal changes nothing.
        if access.deed == Deed::Change && self.files.is_rehearsal() {
            return Ok(());
        }
        let member = self.known_member();
        observer.observe(&self.state, purpose, member.as_deref(), access).or_else(|Unlogged(why)| self.unlogged(&why))
    }

    /// Whether uses may be counted, and recorded when the second is over: not where each needs a record before its value leaves.
    pub(crate) fn may_count_uses(&self) -> bool {
        self.trust().settings.audit != Audit::Required
    }

    /// Changes that were reported are on the disk when this returns.
    pub(super) fn settle_log(&self) -> Result<(), Error> {
        let Some(observer) = &self.ledger.purpose().observer else { return Ok(()) };
        observer.settle(&self.state).or_else(|Unlogged(why)| self.unlogged(&why))
    }

    /// Signs the end of the log if it is time to, and nobody has to be asked for that.
    pub(super) fn sign_log(&self) {
        let Some(observer) = &self.ledger.purpose().observer else { return };
        // Nearly always it is not: only then is the key worth looking for, which may have to be derived.
        let Some((head, time)) = observer.unsigned(&self.state).filter(|_| self.signs_silently()) else { return };
        if let Ok(signer) = self.signer() {
            let note = Note::signed(&self.id().to_string(), &head, &time, signer.name.as_str(), signer.key);
            observer.signed(&self.state, &note);
        }
    }

    fn unlogged(&self, why: &str) -> Result<(), Error> {
        if self.trust().settings.audit == Audit::Required {
            return Err(Error::NotLogged(why.to_owned()));
        }
        if self.ledger.is_observed() {
            self.ledger.notice_first(Notice::NotLogged(why.to_owned()));
        }
        Ok(())
    }
}
