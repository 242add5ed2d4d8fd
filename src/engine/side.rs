//! The sides of a merge: each must be a successor of the common ancestor and of its own history.
//!
//! The current member signs the merge. A side that was rolled back to an older state would come out with a valid
//! signature and a new revision, and no machine could detect it any more. So such a side is refused, no matter who
//! signed it.

use super::adopt::may_have_been_good;
use super::document::{AnyDocument, Document};
use super::error::{Error, Result};
use super::former_signature::FormerlySigned;
use super::history::HistoricDocument;
use super::vault::Vault;
use crate::format::layout::Place;
use crate::machine::Mark;
use crate::machine::marks::Comparison;
use crate::model::merge::Side;
use crate::model::trust::{Member, Role};

/// The three states of one file, as git keeps them while it merges.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'a> {
    /// The common ancestor; `None` if each side created the file.
    pub base: Option<&'a [u8]>,
    /// The side that is merged into.
    pub ours: &'a [u8],
    /// The side that is merged.
    pub theirs: &'a [u8],
    /// Earlier states of our side, as far as they are known.
    pub our_past: &'a [Vec<u8>],
    /// Earlier states of their side, as far as they are known, beside the common ancestor.
    pub their_past: &'a [Vec<u8>],
}

impl<'a> Sides<'a> {
    /// The states alone.
    pub fn new(base: Option<&'a [u8]>, ours: &'a [u8], theirs: &'a [u8]) -> Self {
        Sides { base, ours, theirs, our_past: &[], their_past: &[] }
    }

    /// What a side must be a successor of. In a cherry-pick, our side does not come from the common ancestor.
    pub(crate) fn before(&self, side: Side) -> impl Iterator<Item = &'a [u8]> {
        let (past, base) = match side {
            Side::Ours => (self.our_past, None),
            Side::Theirs => (self.their_past, self.base),
        };
        past.iter().map(Vec::as_slice).chain(base)
    }
}

/// The three states, each verified.
pub(super) struct States<D> {
    pub(super) base: Option<D>,
    pub(super) ours: D,
    pub(super) theirs: D,
}

impl Vault<'_> {
    /// Refuses a side of a merge that is not a successor of each of the earlier states of its file. Invalid states are
    /// ignored.
    pub(crate) fn check_side<'a>(
        &self,
        path: &str,
        (side, raw): (Side, &[u8]),
        before: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<()> {
        let document = self.historic(path, raw)?;
        follow_all(side, &document, &self.earlier(path, before)?, path)
    }

    /// The side that has already passed through the state of the other one. The other one then has nothing to add.
    pub(super) fn later_side(&self, path: &str, sides: Sides<'_>) -> Result<Option<Side>> {
        let (ours, theirs) = (self.historic(path, sides.ours)?, self.historic(path, sides.theirs)?);
        let our_past = self.earlier(path, sides.before(Side::Ours))?;
        let their_past = self.earlier(path, sides.before(Side::Theirs))?;
        follow_all(Side::Ours, &ours, &our_past, path)?;
        follow_all(Side::Theirs, &theirs, &their_past, path)?;
        let was = |past: &[HistoricDocument], state: &HistoricDocument| {
            past.iter().any(|it| it.revision.hash == state.revision.hash)
        };
        Ok(match (was(&our_past, &theirs), was(&their_past, &ours)) {
            (true, _) => Some(Side::Ours),
            (_, true) => Some(Side::Theirs),
            _ => None,
        })
    }

    /// The states of a file, if our side is not older than what this machine has seen. With `prefer`, a common ancestor
    /// that does not verify is left out.
    pub(super) fn states<D: Document>(&self, path: &str, sides: Sides<'_>, prefer: Option<Side>) -> Result<States<D>> {
        let verified = |raw: &[u8]| self.authority().document::<D>(path, raw.to_vec());
        let (ours, theirs) = (verified(sides.ours)?, verified(sides.theirs)?);
        let base = match sides.base.map(|raw| self.ancestor::<D>(path, raw)).transpose() {
            Err(_) if prefer.is_some() => None,
            base => base?,
        };
        self.check_seen_sides(base.as_ref().map(|base| base.head().rev), ours.mark(path), &theirs.mark(path))?;
        Ok(States { base, ours: ours.document, theirs: theirs.document })
    }

    /// Our own side must not be older than what this machine has seen on this branch, nor different content under that
    /// revision.
    ///
    /// Unless the other side is exactly that, byte for byte: then git restores what it had saved, as a stash or as a
    /// commit that was reset, and our side has diverged from the common ancestor.
    fn check_seen_sides(&self, base_rev: Option<u64>, ours: Mark, theirs: &Mark) -> Result<()> {
        let Some(marks) = &self.marks else { return Ok(()) };
        let seen = marks.compare(&ours)?;
        let is_ours_news = base_rev.is_some_and(|base| ours.rev > base);
        match seen {
            Comparison::Same | Comparison::Ahead => Ok(()),
            _ if is_ours_news && marks.compare(theirs)? == Comparison::Same => Ok(()),
            Comparison::Behind(seen) => Err(Error::Rollback { path: ours.path, seen, found: ours.rev }),
            Comparison::Forked => Err(Error::Fork { path: ours.path, rev: ours.rev }),
        }
    }

    /// Whether a merge that takes one side as it is loses nothing: the other was rolled back, or is an earlier state.
    pub(crate) fn leaves_nothing_out(&self, path: &str, sides: Sides<'_>, taken: Side) -> bool {
        match self.later_side(path, sides) {
            Ok(later) => later == Some(taken),
            Err(Error::IllegalSide(side, _)) => side != taken,
            Err(_) => false,
        }
    }

    /// Whether a file was a document of this vault at its path once.
    pub(crate) fn was_document(&self, path: &str, raw: &[u8]) -> Result<bool> {
        Ok(self.earlier_state(path, raw)?.is_some())
    }

    fn earlier<'a>(&self, path: &str, before: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<HistoricDocument>> {
        before.into_iter().filter_map(|raw| self.earlier_state(path, raw).transpose()).collect()
    }

    fn historic(&self, path: &str, raw: &[u8]) -> Result<HistoricDocument> {
        if !matches!(Place::of(path), Place::Document(_) | Place::Key(_) | Place::Rule(_) | Place::Share(_)) {
            return Err(Error::NotMergeable(path.to_owned()));
        }
        Ok(self.authority().document::<AnyDocument>(path, raw.to_vec())?.into())
    }

    /// An earlier state, which may have been signed by somebody who has lost permission since.
    fn earlier_state(&self, path: &str, raw: &[u8]) -> Result<Option<HistoricDocument>> {
        match self.historic(path, raw) {
            Ok(state) => Ok(Some(state)),
            Err(Error::Tampered { reason, .. }) if may_have_been_good(&reason) => self.once(path, raw),
            Err(_) => Ok(None),
        }
    }

    fn once(&self, path: &str, raw: &[u8]) -> Result<Option<HistoricDocument>> {
        let Ok(FormerlySigned { verified, key }) = self.verify_as_before::<AnyDocument>(path, raw.to_vec()) else {
            return Ok(None);
        };
        let (by, name) = (&verified.document.head().by, verified.document.name());
        let might = |it: &Member| match Place::of(path) {
            Place::Document(kind) => it.may_write(kind, name),
            Place::Share(_) => true,
            _ => it.role == Role::Admin,
        };
        let was = self.last_time(|it| it.name == *by && it.sign == key && might(it))?;
        Ok(was.map(|_| verified.into()))
    }
}

fn follow_all(side: Side, state: &HistoricDocument, past: &[HistoricDocument], path: &str) -> Result<()> {
    let illegal = |error| Error::IllegalSide(side, Box::new(error));
    past.iter().try_for_each(|before| state.follows(before, path)).map_err(illegal)
}
