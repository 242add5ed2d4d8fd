//! Merging what two trust chains say of one key.

use super::context::{MergeContext, Sides};
use crate::model::key::{Key, KeyState, KeyVersion, VersionState};
use crate::model::name::MemberName;
use crate::model::trust::Member;

/// The key with the versions of both sides, theirs first, each in its worse state. A reader stays unless one side revoked
/// them or the member is gone, and a version that such a reader could open on its side is tainted. That may leave no
/// version that seals: then an admin adds one.
pub(super) fn merged_key(context: &mut MergeContext, sides: Sides<&Key>, members: &[Member]) -> Key {
    let Sides { ours, theirs, .. } = sides;
    let description = context.field("the description", sides.map(|it| &it.description)).clone();
    let codec = context.field("the codec", sides.map(|it| it.codec));
    let suite = context.field("the suite", sides.map(|it| it.suite));
    let state = state(context, sides.map(|it| it.state));
    let mut readers = readers(context, sides);
    readers.retain(|reader| members.iter().any(|member| member.name == *reader));
    let mut versions = versions(context, ours, theirs);
    let left = |side: &Key, number| {
        side.version(number).is_some() && side.readers.iter().any(|reader| !readers.contains(reader))
    };
    for version in versions.iter_mut().filter(|version| version.state == VersionState::Enabled) {
        if left(ours, version.number) || left(theirs, version.number) {
            version.state = VersionState::Tainted;
            "two branches met: somebody who could open it is no reader any more".clone_into(&mut version.taint);
        }
    }
    let current = current(sides.map(|it| it.current), &versions);
    let floor = ours.floor.max(theirs.floor);
    Key { state, description, codec, suite, readers, current, versions, floor, ..theirs.clone() }
}

/// Both sides that delete it leave it the longer window.
fn state(context: &mut MergeContext, states: Sides<KeyState>) -> KeyState {
    let is_old = |state| states.base == Some(state);
    match (states.ours, states.theirs) {
        (KeyState::Deleting(one), KeyState::Deleting(other)) if !is_old(states.ours) && !is_old(states.theirs) => {
            KeyState::Deleting(one.max(other))
        }
        _ => context.field("whether it is enabled", states),
    }
}

/// The one that a side made current. If both did, the newest that seals.
fn current(Sides { base, ours, theirs }: Sides<u64>, versions: &[KeyVersion]) -> u64 {
    if ours == theirs || base == Some(ours) {
        return theirs;
    }
    if base == Some(theirs) {
        return ours;
    }
    let both = versions.iter().filter(|version| [ours, theirs].contains(&version.number));
    let best = both.max_by_key(|version| (version.state == VersionState::Enabled, version.created, version.number));
    best.map_or(theirs, |version| version.number)
}

fn versions(context: &mut MergeContext, ours: &Key, theirs: &Key) -> Vec<KeyVersion> {
    let mut all = theirs.versions.clone();
    for version in &ours.versions {
        match all.iter_mut().find(|other| other.number == version.number) {
            None => all.push(version.clone()),
            Some(other) if (other.check, &other.seal) != (version.check, &version.seal) => {
                context.conflict(format!("both sides have a different version {:016x}", version.number));
            }
            Some(other) if version.state > other.state => other.clone_from(version),
            Some(_) => {}
        }
    }
    all
}

fn readers(context: &mut MergeContext, sides: Sides<&Key>) -> Vec<MemberName> {
    let Sides { ours, theirs, .. } = sides;
    let new = ours.readers.iter().filter(|reader| !theirs.readers.contains(reader));
    let stays = theirs.readers.iter().chain(new).filter(|reader| {
        let reads = sides.map(|key| key.readers.contains(reader));
        context.field("a reader", Sides { base: Some(reads.base.unwrap_or(false)), ..reads })
    });
    stays.cloned().collect()
}
