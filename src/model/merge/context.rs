//! What all merges share: fields, maps and versions of two sides, and conflicts.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::format::Format;
use crate::model::head::Head;
use crate::model::id::{DocId, Uid};
use crate::model::tag::Tag;
use crate::model::time::Timestamp;

/// Which of two branches is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The branch that is merged into.
    Ours,
    /// The branch that is merged.
    Theirs,
}

impl Side {
    /// Whose side it is, from the view of the person who merges.
    pub(crate) fn whose(self) -> &'static str {
        match self {
            Side::Ours => "our",
            Side::Theirs => "their",
        }
    }

    /// The opposite side.
    #[must_use]
    pub(crate) fn other(self) -> Self {
        match self {
            Side::Ours => Side::Theirs,
            Side::Theirs => Side::Ours,
        }
    }
}

/// Something that both sides changed in different ways.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{0}")]
pub struct Conflict(String);

impl Conflict {
    /// Conflicts that no rule decides.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Conflict(what.into())
    }
}

/// A merged document. Its head has the next revision; author and trust revision are the caller's to set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Merged<T> {
    /// The document.
    pub document: T,
    /// Notes for the user. They contain no value.
    pub notes: Vec<String>,
}

/// Something on both sides, and in their common ancestor.
#[derive(Clone, Copy)]
pub(super) struct Sides<T> {
    pub(super) base: Option<T>,
    pub(super) ours: T,
    pub(super) theirs: T,
}

impl<T> Sides<T> {
    /// A part of it.
    pub(super) fn map<P>(self, part: impl Fn(T) -> P) -> Sides<P> {
        Sides { base: self.base.map(&part), ours: part(self.ours), theirs: part(self.theirs) }
    }
}

impl<T: Clone> Sides<&T> {
    /// The side that changed, if not both did.
    pub(super) fn changed(self, same: impl Fn(&T, &T) -> bool) -> Option<T> {
        let unchanged = |side| self.base.is_some_and(|base| same(base, side));
        if same(self.ours, self.theirs) || unchanged(self.theirs) {
            return Some(self.ours.clone());
        }
        unchanged(self.ours).then(|| self.theirs.clone())
    }
}

/// Decides field by field, and collects conflicts.
pub(super) struct MergeContext {
    pub(super) prefer: Option<Side>,
    pub(super) conflicts: Vec<Conflict>,
    pub(super) notes: Vec<String>,
}

impl MergeContext {
    pub(super) fn new(prefer: Option<Side>) -> Self {
        MergeContext { prefer, conflicts: Vec::new(), notes: Vec::new() }
    }

    pub(super) fn conflict(&mut self, what: impl Into<String>) {
        self.conflicts.push(Conflict(what.into()));
    }

    /// The side that changed a field, or the preferred one if both did.
    pub(super) fn field<T: PartialEq>(&mut self, what: &str, Sides { base, ours, theirs }: Sides<T>) -> T {
        if ours == theirs || base.as_ref() == Some(&theirs) {
            return ours;
        }
        if base.as_ref() == Some(&ours) {
            return theirs;
        }
        if self.prefer.is_none() {
            self.conflict(format!("both sides changed {what}"));
        }
        if self.prefer == Some(Side::Theirs) { theirs } else { ours }
    }

    /// The same for every key of a map; a key that is missing is a value like any other.
    pub(super) fn map<K: Ord + Clone, V: PartialEq>(
        &mut self,
        sides: Sides<BTreeMap<K, V>>,
        what: impl Fn(&K) -> String,
    ) -> BTreeMap<K, V> {
        let (mut base, mut ours, mut theirs) = (sides.base.unwrap_or_default(), sides.ours, sides.theirs);
        let keys: BTreeSet<K> = ours.keys().chain(theirs.keys()).cloned().collect();
        let decided = keys.into_iter().filter_map(|key| {
            let entry = Sides { base: Some(base.remove(&key)), ours: ours.remove(&key), theirs: theirs.remove(&key) };
            let value = self.field(&what(&key), entry)?;
            Some((key, value))
        });
        decided.collect()
    }

    /// The tags of both sides, as many as a document may have.
    pub(super) fn tags(&mut self, sides: Sides<BTreeMap<String, String>>) -> BTreeMap<String, String> {
        let tags = self.map(sides, |key| format!("the tag {key:?}"));
        if let Err(error) = Tag::check_all(&tags) {
            self.conflict(error.to_string());
        }
        tags
    }

    /// The fields of later programs.
    pub(super) fn extra(&mut self, sides: Sides<&BTreeMap<String, String>>) -> BTreeMap<String, String> {
        self.map(sides.map(Clone::clone), |name| format!("the field {name:?}"))
    }

    /// The whole document of one side: nobody else changed it, or the caller prefers it to one that cannot be mixed with it.
    pub(super) fn whole<T: Clone>(&mut self, what: &str, ours: &T, theirs: &T) -> T {
        if self.prefer.is_none() {
            self.conflict(what);
        }
        if self.prefer == Some(Side::Theirs) { theirs.clone() } else { ours.clone() }
    }

    /// One side as it is, if a document was deleted or another one has its name. `life` is a document's id, and whether
    /// it is a tombstone. A deletion does not affect a new document that the other side has put in its place.
    pub(super) fn one_life<T: Clone>(&mut self, sides: Sides<&T>, life: impl Fn(&T) -> (DocId, bool)) -> Option<T> {
        let Sides { ours, theirs, .. } = sides;
        let (base, here, there) = (sides.base.map(|base| life(base).0), life(ours), life(theirs));
        let replaced = |old: (DocId, bool), new: (DocId, bool)| old.1 && Some(old.0) == base && new.0 != old.0;
        let what = match () {
            () if replaced(here, there) => return Some(theirs.clone()),
            () if replaced(there, here) => return Some(ours.clone()),
            () if here.1 || there.1 => "one side deleted it, the other changed it",
            () if here.0 == there.0 => return None,
            () if base == Some(here.0) || base == Some(there.0) => "one side replaced it, the other changed it",
            () => "both sides created it independently",
        };
        Some(self.whole(what, ours, theirs))
    }

    pub(super) fn finish<T>(self, document: T) -> Result<Merged<T>, Vec<Conflict>> {
        let MergeContext { mut conflicts, notes, .. } = self;
        if conflicts.is_empty() {
            return Ok(Merged { document, notes });
        }
        conflicts.sort();
        conflicts.dedup();
        Err(conflicts)
    }
}

/// The head of the merge: above both sides, as late as the later one. The author is a placeholder for the signer.
pub(super) fn head(context: &mut MergeContext, sides: Sides<&Head>) -> Head {
    let Sides { ours, theirs, .. } = sides;
    Head {
        format: Format::CURRENT,
        rev: ours.rev.max(theirs.rev).saturating_add(1),
        trust: ours.trust.max(theirs.trust),
        modified: ours.modified.max(theirs.modified),
        by: ours.by.clone(),
        extra: context.extra(sides.map(|head| &head.extra)),
    }
}

/// Brings the versions of both sides into one order: each side's own order holds, and the older version goes first where it
/// says nothing. Where the sides contradict each other, age decides alone.
pub(super) fn interleave(ours: &[(Timestamp, Uid)], theirs: &[(Timestamp, Uid)]) -> Vec<Uid> {
    let (mut ours, mut theirs) = (ours.to_vec(), theirs.to_vec());
    let mut order = Vec::with_capacity(ours.len() + theirs.len());
    loop {
        let free = |head: &(Timestamp, Uid), other: &[(Timestamp, Uid)]| {
            other.iter().position(|(_, uid)| *uid == head.1).is_none_or(|at| at == 0)
        };
        let heads = [ours.first(), theirs.first()];
        let first = ours.first().filter(|head| free(head, &theirs));
        let second = theirs.first().filter(|head| free(head, &ours));
        let next = [first, second].into_iter().flatten().min().or_else(|| heads.into_iter().flatten().min());
        let Some(&(_, next)) = next else { return order };
        ours.retain(|(_, uid)| *uid != next);
        theirs.retain(|(_, uid)| *uid != next);
        order.push(next);
    }
}
