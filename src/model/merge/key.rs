//! Merging two states of a key's document: the wraps of both sides.

use std::collections::BTreeSet;

use super::context::{Conflict, MergeContext, Merged, Side, Sides, head};
use crate::model::key::{KeyDocument, Wrap};

/// The merged wraps of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MergedKey {
    /// The document. A version that both sides wrapped anew has the wrap of ours, or of the preferred side.
    pub document: KeyDocument,
    /// The numbers of those versions.
    pub both: Vec<u64>,
}

/// Merges two states of a key's document with the common ancestor `base`: every version of both sides. Who may open them
/// is not decided here but by the trust chain.
pub(crate) fn merge_keys(
    base: Option<&KeyDocument>,
    ours: &KeyDocument,
    theirs: &KeyDocument,
    prefer: Option<Side>,
) -> Result<Merged<MergedKey>, Vec<Conflict>> {
    let mut context = MergeContext::new(prefer);
    if ours.id != theirs.id || ours.name != theirs.name {
        context.conflict("both sides created it independently");
        return context.finish(MergedKey { document: ours.clone(), both: Vec::new() });
    }
    let mut both = Vec::new();
    let numbers: BTreeSet<u64> = ours.wraps.iter().chain(&theirs.wraps).map(|wrap| wrap.number).collect();
    let decide = |number| {
        let of = |document: &KeyDocument| document.wrap(number).cloned();
        let (old, ours, theirs) = (base.and_then(of), of(ours), of(theirs));
        match (ours, theirs) {
            (Some(ours), Some(theirs)) if ours == theirs || old.as_ref() == Some(&theirs) => Some(ours),
            (Some(ours), Some(theirs)) if old.as_ref() == Some(&ours) => Some(theirs),
            (Some(ours), Some(theirs)) => {
                both.push(number);
                Some(if prefer == Some(Side::Theirs) { theirs } else { ours })
            }
            (ours, theirs) => ours.or(theirs),
        }
    };
    let mut wraps: Vec<Wrap> = numbers.into_iter().filter_map(decide).collect();
    // In the order of the sides, so that a merge changes as few lines as it can.
    let place = |document: &KeyDocument, wrap: &Wrap| document.wraps.iter().position(|it| it.number == wrap.number);
    wraps.sort_by_key(|wrap| {
        let at = [place(theirs, wrap), place(ours, wrap)].into_iter().flatten().max();
        (at.unwrap_or(usize::MAX), wrap.number)
    });
    let head = head(&mut context, Sides { base, ours, theirs }.map(|it| &it.head));
    let document = KeyDocument { head, wraps, stated: None, ..ours.clone() };
    context.finish(MergedKey { document, both })
}
