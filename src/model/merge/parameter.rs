//! Merging two parameters.

use std::collections::BTreeMap;

use super::context::{Conflict, MergeContext, Merged, Side, Sides, head, interleave};
use crate::model::id::Uid;
use crate::model::parameter::{LABELS_LIMIT, Label, Parameter, VERSIONS_LIMIT, Version, united_fired};

/// Merges two states of a parameter with the common ancestor `base`.
///
/// Versions are matched by uid and none is lost. Numbers on which both sides agree stay; later versions of both sides
/// are renumbered, the newest last. If one side moved a label or changed a tag, that change is used.
pub(crate) fn merge_parameters(
    base: Option<&Parameter>,
    ours: &Parameter,
    theirs: &Parameter,
    prefer: Option<Side>,
) -> Result<Merged<Parameter>, Vec<Conflict>> {
    let sides = Sides { base, ours, theirs };
    let mut context = MergeContext::new(prefer);
    let merged = sides
        .changed(|one, other| Parameter { head: other.head.clone(), ..one.clone() } == *other)
        .or_else(|| context.one_life(sides, |parameter| (parameter.id, parameter.is_deleted())))
        .unwrap_or_else(|| mixed(&mut context, sides));
    let head = head(&mut context, sides.map(|it| &it.head));
    context.finish(Parameter { head, ..merged })
}

fn mixed(context: &mut MergeContext, sides: Sides<&Parameter>) -> Parameter {
    let Sides { ours, theirs, .. } = sides;
    let tags = context.tags(sides.map(|it| it.tags.clone()));
    let mut versions = united(context, sides);
    place_labels(context, sides, &mut versions);
    drop_oldest(context, &mut versions);
    let mut merged = Parameter { tags, versions, fired: united_fired(&ours.fired, &theirs.fired), ..ours.clone() };
    merged.forget_gone();
    merged
}

/// All versions in their new order, without labels.
fn united(context: &mut MergeContext, Sides { base, ours, theirs }: Sides<&Parameter>) -> Vec<Version> {
    let agreed = agreed(ours, theirs);
    let older = |side: &Parameter| side.versions.iter().filter(|version| version.number <= agreed).count();
    let (old, new) = (ours.versions.split_at(older(ours)), theirs.versions.split_at(older(theirs)));
    let age = |versions: &[Version]| versions.iter().map(|version| (version.created, version.uid)).collect::<Vec<_>>();
    // Up to the last common number, one side may only lack versions that it dropped because of the limit.
    let mut numbers: BTreeMap<u64, Uid> = BTreeMap::new();
    numbers.extend(old.0.iter().chain(new.0).map(|version| (version.number, version.uid)));
    numbers.extend((agreed + 1..).zip(interleave(&age(old.1), &age(new.1))));
    let both_wrote = !old.1.is_empty() && !new.1.is_empty();
    let mut versions = Vec::with_capacity(numbers.len());
    for (number, uid) in numbers {
        let version = match (find(ours, uid), find(theirs, uid)) {
            (Some(ours), Some(theirs)) => {
                one_version(context, Sides { base: base.and_then(|base| find(base, uid)), ours, theirs })
            }
            (Some(only), None) | (None, Some(only)) => only.clone(),
            (None, None) => continue,
        };
        if both_wrote && version.number != number {
            context.notes.push(format!("version {} by {} is now version {number}", version.number, version.by));
        }
        versions.push(Version { number, labels: [].into(), ..version });
    }
    if both_wrote && let Some(newest) = versions.last() {
        context.notes.push(format!("both sides wrote versions; {} by {} is the newest", newest.number, newest.by));
    }
    versions
}

fn find(side: &Parameter, uid: Uid) -> Option<&Version> {
    side.versions.iter().find(|version| version.uid == uid)
}

/// The last number up to which both sides have the same versions.
fn agreed(ours: &Parameter, theirs: &Parameter) -> u64 {
    let first = |side: &Parameter| side.versions.first().map_or(0, |version| version.number);
    let start = first(ours).max(first(theirs));
    let same = |version: &&Version| theirs.version(version.number).is_some_and(|other| other.uid == version.uid);
    let common = ours.versions.iter().skip_while(|version| version.number < start).take_while(same);
    common.last().map_or(start.saturating_sub(1), |version| version.number)
}

/// A version that both sides have. Only its labels and the mark of exposure may differ; its content only if one side
/// re-encrypted it.
fn one_version(context: &mut MergeContext, sides: Sides<&Version>) -> Version {
    let Sides { ours, theirs, .. } = sides;
    let what = format!("the content of version {}", ours.number);
    let content = context.field(&what, sides.map(|it| &it.content)).clone();
    let fixed = Sides { base: None, ..sides }.map(|it| (it.created, &it.by, &it.settings));
    let (created, by, settings) = context.field(&what, fixed);
    let exposed = ours.exposed || theirs.exposed;
    Version { created, by: by.clone(), settings: settings.clone(), content, exposed, ..ours.clone() }
}

fn place_labels(context: &mut MergeContext, sides: Sides<&Parameter>, versions: &mut [Version]) {
    let places = context.map(sides.map(labels), |label| format!("the label `{label}`"));
    for (label, uid) in places {
        if let Some(version) = versions.iter_mut().find(|version| version.uid == uid) {
            version.labels.insert(label);
        }
    }
    if let Some(full) = versions.iter().find(|version| version.labels.len() > LABELS_LIMIT) {
        context.conflict(format!("version {} would have more than {LABELS_LIMIT} labels", full.number));
    }
}

fn labels(parameter: &Parameter) -> BTreeMap<Label, Uid> {
    let of = |version: &Version| version.labels.iter().map(|label| (label.clone(), version.uid)).collect::<Vec<_>>();
    parameter.versions.iter().flat_map(of).collect()
}

/// Applies the limit of versions, as a put does.
fn drop_oldest(context: &mut MergeContext, versions: &mut Vec<Version>) {
    let surplus = versions.len().saturating_sub(VERSIONS_LIMIT);
    if let Some(labelled) = versions.iter().take(surplus).find(|version| !version.labels.is_empty()) {
        context.conflict(format!("version {} would have to be removed, but it has a label", labelled.number));
    }
    versions.drain(..surplus);
}
