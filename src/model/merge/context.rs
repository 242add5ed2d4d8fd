//! What all merges share: fields, maps and versions of two sides, and conflicts.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::format::Format;
use crate::model::head::Head;
use crate::model::id::{DocId, Uid};
use crate::model::tag::Tag;
use crate::model::time::Timestamp;

type Tags = BTreeMap<String, String>;

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
    pub(super) fn field<T: PartialEq + Clone>(&mut self, what: &str, base: Option<&T>, ours: &T, theirs: &T) -> T {
        if ours == theirs || base == Some(theirs) {
            return ours.clone();
        }
        if base == Some(ours) {
            return theirs.clone();
        }
        match self.prefer {
            Some(Side::Ours) => ours.clone(),
            Some(Side::Theirs) => theirs.clone(),
            None => {
                self.conflict(format!("both sides changed {what}"));
                ours.clone()
            }
        }
    }

    /// The same for every key of a map; a key that is missing is a value like any other.
    pub(super) fn map<K: Ord + Clone, V: PartialEq + Clone>(
        &mut self,
        base: &BTreeMap<K, V>,
        ours: &BTreeMap<K, V>,
        theirs: &BTreeMap<K, V>,
        what: impl Fn(&K) -> String,
    ) -> BTreeMap<K, V> {
        let keys: BTreeSet<&K> = ours.keys().chain(theirs.keys()).collect();
        let entry = |key: &K| (base.get(key).cloned(), ours.get(key).cloned(), theirs.get(key).cloned());
        let decided = keys.into_iter().map(|key| {
            let (base, ours, theirs) = entry(key);
            (key, self.field(&what(key), Some(&base), &ours, &theirs))
        });
        decided.filter_map(|(key, value)| Some((key.clone(), value?))).collect()
    }

    /// The tags of both sides, as many as a document may have.
    pub(super) fn tags(&mut self, base: Option<&Tags>, ours: &Tags, theirs: &Tags) -> Tags {
        let none = Tags::new();
        let tags = self.map(base.unwrap_or(&none), ours, theirs, |key| format!("the tag {key:?}"));
        if let Err(error) = Tag::check_all(&tags) {
            self.conflict(error.to_string());
        }
        tags
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
    pub(super) fn one_life<T: Clone>(
        &mut self,
        base: Option<&T>,
        (ours, theirs): (&T, &T),
        life: impl Fn(&T) -> (DocId, bool),
    ) -> Option<T> {
        let (base, here, there) = (base.map(|base| life(base).0), life(ours), life(theirs));
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
pub(super) fn head(context: &mut MergeContext, base: Option<&Head>, ours: &Head, theirs: &Head) -> Head {
    let none = BTreeMap::new();
    let before = base.map_or(&none, |base| &base.extra);
    Head {
        format: Format::CURRENT,
        rev: ours.rev.max(theirs.rev).saturating_add(1),
        trust: ours.trust.max(theirs.trust),
        modified: ours.modified.max(theirs.modified),
        by: ours.by.clone(),
        extra: context.map(before, &ours.extra, &theirs.extra, |name| format!("the field {name:?}")),
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
