//! Whether a document is new enough to be used: how it compares with what this machine has seen, here and anywhere, and how strictly
//! the command and the vault ask. [`judge`] is the one rule; docs/SECURITY.md has it as a table.

use super::error::{Error, Result};
use super::ledger::Notice;
use super::refused::Checked;
use super::trust_standing::{TrustStanding, newest_verified};
use super::valued::Valued as _;
use super::vault::Vault;
use crate::format::path::{Decoded, decode_key};
use crate::machine::marks::Comparison;
use crate::machine::{Exceptions, Expected, Mark};
use crate::model::freshness::Freshness;
use crate::model::parameter::Parameter;
use crate::model::secret::Secret;
use crate::store::files::Reach;

/// How a document compares with what this machine has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Situation {
    /// Nothing newer was seen anywhere.
    Current,
    /// A newer one was seen, and this one was accepted in this place.
    Accepted,
    /// A newer one was seen elsewhere: on another branch, in another directory.
    OlderElsewhere(u64),
    /// The members and keys by which it was judged are older than verified elsewhere.
    OlderTrust,
    /// A newer one was seen in this place and on this branch, or what was seen here is lost.
    OlderHere(u64),
    /// Another content under its revision was seen in this place and on this branch.
    Forked,
    /// What was seen in this place is lost, and nothing newer was seen elsewhere.
    Forgotten,
    /// It was seen in this place and on this branch, and there is no file any more.
    Missing,
}

/// What is done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ruling {
    Used,
    Warned,
    Refused,
}

/// The one rule for documents that are not new.
fn judge(situation: Situation, strictness: impl FnOnce() -> Freshness) -> Ruling {
    match situation {
        Situation::Current | Situation::Accepted => Ruling::Used,
        Situation::Forgotten => Ruling::Warned,
        Situation::OlderElsewhere(_) | Situation::OlderTrust | Situation::Missing => match strictness() {
            Freshness::Warn => Ruling::Warned,
            Freshness::Strict => Ruling::Refused,
        },
        Situation::OlderHere(_) | Situation::Forked => Ruling::Refused,
    }
}

impl Vault<'_> {
    /// Refuses a verified document that is not new enough, or warns. Returns whether it is to be remembered.
    pub(super) fn admit(&self, mark: &Mark) -> Result<bool> {
        self.admit_trust()?;
        // A writer records in reverse, so what another process has just written in this place is an `OlderHere`.
        let anywhere = self.anywhere.compare(mark)?;
        let here = self.marks.as_ref().map(|marks| marks.compare(mark)).transpose()?;
        let situation = self.situation(mark, here, anywhere)?;
        match (judge(situation, || self.strictness()), situation) {
            (Ruling::Refused, _) => return Err(refusal(mark, situation)),
            (Ruling::Warned, Situation::OlderElsewhere(seen)) => {
                self.ledger.note_older(name_of(&mark.path), seen - mark.rev);
            }
            (Ruling::Warned, _) => self.ledger.notice_once(Notice::MarksLost),
            (Ruling::Used, Situation::Accepted) => self.ledger.record_accepted(mark.path.clone()),
            (Ruling::Used, _) => {}
        }
        Ok(here == Some(Comparison::Ahead) || anywhere == Comparison::Ahead)
    }

    /// Refuses a document under members and keys that are older than what this machine has verified, if nothing old may be used. The
    /// warning was given when the vault was opened.
    fn admit_trust(&self) -> Result<()> {
        let TrustStanding::Behind { seen, found } = self.trust_standing() else { return Ok(()) };
        match judge(Situation::OlderTrust, || self.strictness()) {
            Ruling::Refused => Err(Error::TrustBehind { seen, found }),
            Ruling::Used | Ruling::Warned => Ok(()),
        }
    }

    /// The paths of the documents that were seen in a directory of this vault, or at any depth below it.
    pub(super) fn seen_below(&self, directory: &str, reach: Reach) -> Result<Expected> {
        Ok(self.marks.as_ref().map_or(Ok(Expected::default()), |marks| marks.names_below(directory, reach))?)
    }

    /// Refuses what a listing should have found, or warns.
    pub(super) fn miss<T>(&self, expected: Expected, found: &mut Checked<T>) -> Result<()> {
        for path in expected.missing() {
            match self.files.exists(&path) {
                Ok(true) => {}
                Ok(false) => found.take(&path, self.admit_missing(&path).map(|()| None))?,
                Err(error) => found.take(&path, Err(error.into()))?,
            }
        }
        Ok(())
    }

    fn admit_missing(&self, path: &str) -> Result<()> {
        match judge(Situation::Missing, || self.strictness()) {
            Ruling::Refused => Err(Error::Missing { path: path.to_owned() }),
            Ruling::Used | Ruling::Warned => {
                self.ledger.note_missing(name_of(path));
                Ok(())
            }
        }
    }

    fn situation(&self, mark: &Mark, here: Option<Comparison>, anywhere: Comparison) -> Result<Situation> {
        let is_lost = || match (&self.marks, here) {
            (Some(marks), Some(Comparison::Ahead)) => marks.is_lost(&mark.path),
            _ => Ok(false),
        };
        Ok(match (here, anywhere) {
            (Some(Comparison::Behind(seen)), _) => Situation::OlderHere(seen),
            (Some(Comparison::Forked), _) => Situation::Forked,
            (_, Comparison::Behind(_)) if self.exceptions().contains(mark)? => Situation::Accepted,
            (_, Comparison::Behind(seen)) if is_lost()? => Situation::OlderHere(seen),
            (_, Comparison::Behind(seen)) => Situation::OlderElsewhere(seen),
            _ if is_lost()? => Situation::Forgotten,
            _ => Situation::Current,
        })
    }

    /// The strictest that the command, this machine and the vault ask for.
    fn strictness(&self) -> Freshness {
        // An older checkout does not know yet what admins have asked for since.
        let newest = newest_verified(&self.state, &self.id).map(|trust| trust.settings.freshness);
        (self.strictness)().max(self.trust().settings.freshness).max(newest.unwrap_or_default())
    }

    /// The newest state of a document that was seen anywhere, if it is newer than this one and this one was not accepted here.
    pub(super) fn newer_anywhere(&self, mark: &Mark) -> Result<Option<Mark>> {
        match self.anywhere.compare(mark)? {
            Comparison::Behind(seen) if !self.exceptions().contains(mark)? => {
                Ok(self.anywhere.at(&mark.path)?.into_iter().find(|other| other.rev == seen))
            }
            _ => Ok(None),
        }
    }

    /// A document was written. On top of one that was accepted here, it is accepted, too.
    pub(super) fn record_written(&self, mark: Mark) {
        if self.ledger.was_accepted(&mark.path) {
            self.ledger.note_state(self.exceptions().add(std::slice::from_ref(&mark)));
        }
        self.ledger.record_mark(mark);
    }

    pub(super) fn exceptions(&self) -> Exceptions {
        Exceptions::of(&self.state)
    }
}

fn refusal(mark: &Mark, situation: Situation) -> Error {
    let (path, found) = (mark.path.clone(), mark.rev);
    match situation {
        Situation::OlderElsewhere(seen) => Error::Older { path, seen, found },
        Situation::OlderHere(seen) => Error::Rollback { path, seen, found },
        _ => Error::Fork { path, rev: found },
    }
}

/// What people call the document at a path, in backticks. Sorted, keys come last.
fn name_of(path: &str) -> String {
    if let Some(key) = decode_key(path) {
        return format!("key `{key}`");
    }
    match (Parameter::decode(path), Secret::decode(path)) {
        (Decoded::Name(name), _) => format!("`{name}`"),
        (_, Decoded::Name(name)) => format!("`{name}`"),
        _ => format!("`{path}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_older_elsewhere_or_missing_depends_on_strictness() {
        let both = |situation| [Freshness::Warn, Freshness::Strict].map(|strictness| judge(situation, || strictness));
        assert_eq!(both(Situation::Current), [Ruling::Used, Ruling::Used]);
        assert_eq!(both(Situation::Accepted), [Ruling::Used, Ruling::Used]);
        assert_eq!(both(Situation::OlderElsewhere(2)), [Ruling::Warned, Ruling::Refused]);
        assert_eq!(both(Situation::OlderTrust), [Ruling::Warned, Ruling::Refused]);
        assert_eq!(both(Situation::Missing), [Ruling::Warned, Ruling::Refused]);
        assert_eq!(both(Situation::Forgotten), [Ruling::Warned, Ruling::Warned]);
        assert_eq!(both(Situation::OlderHere(2)), [Ruling::Refused, Ruling::Refused]);
        assert_eq!(both(Situation::Forked), [Ruling::Refused, Ruling::Refused]);
    }
}
