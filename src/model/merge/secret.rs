//! Merging two secrets.

use std::collections::{BTreeMap, BTreeSet};

use super::context::{Conflict, MergeContext, Merged, Side, Sides, head, interleave};
use crate::model::id::Uid;
use crate::model::secret::{Origin, Replica, Rotation, Run, STAGES_LIMIT, Secret, SecretVersion, Stage};

/// Merges two states of a secret with the common ancestor `base`.
///
/// Versions are matched by uid. If one side moved a stage, that move is used; if both moved AWSCURRENT, that is a
/// conflict. A value created by a rotation is never dropped: it keeps AWSPENDING, or becomes ABORTED if the other side
/// aborted the rotation. Of two attempts of one rotation the later one counts.
pub(crate) fn merge_secrets(
    base: Option<&Secret>,
    ours: &Secret,
    theirs: &Secret,
    prefer: Option<Side>,
) -> Result<Merged<Secret>, Vec<Conflict>> {
    let sides = Sides { base, ours, theirs };
    let mut context = MergeContext::new(prefer);
    let merged = sides
        .changed(|one, other| Secret { head: other.head.clone(), ..one.clone() } == *other)
        .or_else(|| one_copy(&mut context, ours, theirs))
        .or_else(|| context.one_life(sides, |secret| (secret.id, secret.deleted)))
        .unwrap_or_else(|| mixed(&mut context, sides));
    let head = head(&mut context, sides.map(|it| &it.head));
    context.finish(Secret { head, ..merged })
}

/// Of two copies of one secret, that of the later revision: their primary has merged them. One that was promoted is no copy any more, and
/// none is taken from there again.
fn one_copy(context: &mut MergeContext, ours: &Secret, theirs: &Secret) -> Option<Secret> {
    let (here, there) = (ours.origin.as_ref()?, theirs.origin.as_ref()?);
    if (here.vault, here.id) != (there.vault, there.id) {
        return None;
    }
    let (later, promoted) = match (here.promoted, there.promoted) {
        (Some(_), Some(_)) => return None,
        (None, None) => (if there.rev > here.rev { theirs } else { ours }, None),
        (Some(_), None) => (ours, Some(there.rev)),
        (None, Some(_)) => (theirs, Some(here.rev)),
    };
    if let Some(rev) = promoted {
        context
            .notes
            .push(format!("it was promoted on one side: a copy of revision {rev} of its former primary was left out"));
    }
    Some(later.clone())
}

fn mixed(context: &mut MergeContext, sides: Sides<&Secret>) -> Secret {
    let Sides { ours, theirs, .. } = sides;
    let mut merged = Secret {
        tags: context.tags(sides.map(|it| it.tags.clone())),
        created: ours.created.min(theirs.created),
        description: context.field("the description", sides.map(|it| &it.description)).clone(),
        delete_after: context.field("the deletion date", sides.map(|it| it.delete_after)),
        resource_policy: context.field("the resource policy", sides.map(|it| &it.resource_policy)).clone(),
        replicas: replicas(context, sides),
        origin: origin(context, sides),
        rotation: rotation(context, sides),
        versions: united(context, sides),
        ..ours.clone()
    };
    place_stages(context, sides, &mut merged);
    let run = later_run(ours, theirs, &merged);
    if let Some(rotation) = &mut merged.rotation {
        rotation.run = run;
    }
    tidy(context, ours, theirs, &mut merged);
    merged
}

/// All versions, the oldest first, without stages.
fn united(context: &mut MergeContext, Sides { base, ours, theirs }: Sides<&Secret>) -> Vec<SecretVersion> {
    let age = |side: &Secret| side.versions.iter().map(|version| (version.created, version.uid)).collect::<Vec<_>>();
    let mut versions = Vec::new();
    for uid in interleave(&age(ours), &age(theirs)) {
        let version = match (find(ours, uid), find(theirs, uid)) {
            (Some(ours), Some(theirs)) => {
                one_version(context, Sides { base: base.and_then(|base| find(base, uid)), ours, theirs })
            }
            (Some(only), None) | (None, Some(only)) => only.clone(),
            (None, None) => continue,
        };
        if versions.iter().any(|other: &SecretVersion| other.id() == version.id()) {
            context.conflict(format!("both sides created the version {} independently", version.id()));
        }
        versions.push(SecretVersion { stages: [].into(), ..version });
    }
    versions
}

fn find(side: &Secret, uid: Uid) -> Option<&SecretVersion> {
    side.versions.iter().find(|version| version.uid == uid)
}

fn one_version(context: &mut MergeContext, sides: Sides<&SecretVersion>) -> SecretVersion {
    let Sides { ours, theirs, .. } = sides;
    let what = format!("the content of version {}", ours.id());
    let contents = sides.map(|it| &it.content);
    let content = context.field(&what, Sides { base: contents.base.or(Some(&None)), ..contents }).clone();
    let fixed = Sides { base: None, ..sides }.map(|it| (&it.token, it.created, &it.by));
    let (token, created, by) = context.field(&what, fixed);
    let exposed = ours.exposed || theirs.exposed;
    SecretVersion { token: token.clone(), created, by: by.clone(), exposed, content, ..ours.clone() }
}

fn place_stages(context: &mut MergeContext, sides: Sides<&Secret>, merged: &mut Secret) {
    let mut places = sides.map(stages);
    let pending = Stage::pending();
    // Of two rotations started independently, one without a value yet has nothing to lose.
    if let (Some(here), Some(there)) = (places.ours.get(&pending).copied(), places.theirs.get(&pending).copied())
        && here != there
    {
        match (valued(merged, here), valued(merged, there)) {
            (true, false) => drop(places.theirs.insert(pending, here)),
            (false, true) => drop(places.ours.insert(pending, there)),
            _ => {}
        }
    }
    for (stage, uid) in context.map(places, |stage| format!("the stage {stage}")) {
        if let Some(version) = merged.versions.iter_mut().find(|version| version.uid == uid) {
            version.stages.insert(stage);
        }
    }
    keep_aborted(context, aborted(sides), [sides.ours, sides.theirs], merged);
}

/// The values of aborted rotations that either side keeps and neither has removed, the newest last. A value that was
/// pending on one side is added if nothing else keeps it: it may be in use already.
fn keep_aborted(context: &mut MergeContext, mut aborted: BTreeSet<Uid>, sides: [&Secret; 2], merged: &mut Secret) {
    for side in sides {
        let Some(uid) = side.staged(&Stage::pending()).map(|version| version.uid) else { continue };
        let current = side.staged(&Stage::current()).map(|version| version.uid);
        let bare = merged.versions.iter().any(|version| version.uid == uid && version.stages.is_empty());
        if current != Some(uid) && bare && valued(merged, uid) && aborted.insert(uid) {
            context.notes.push("the value of an unfinished rotation was kept as ABORTED".to_owned());
        }
    }
    let current = merged.staged(&Stage::current()).map(|version| version.uid);
    let order: Vec<Uid> = merged.versions.iter().map(|version| version.uid).collect();
    for uid in order.into_iter().filter(|uid| aborted.contains(uid) && Some(*uid) != current) {
        merged.keep_aborted(uid);
    }
}

/// The versions with a stage of aborted rotations: on both sides, or on one that has added it.
fn aborted(sides: Sides<&Secret>) -> BTreeSet<Uid> {
    let of = |side: &Secret| side.aborted().iter().map(|version| version.uid).collect::<BTreeSet<_>>();
    let Sides { base, ours, theirs } = sides.map(of);
    let base = base.unwrap_or_default();
    let kept = |uid: &Uid| ours.contains(uid) && theirs.contains(uid) || !base.contains(uid);
    ours.union(&theirs).copied().filter(kept).collect()
}

fn valued(secret: &Secret, uid: Uid) -> bool {
    find(secret, uid).is_some_and(|version| version.content.is_some())
}

/// Where each stage is, except those of aborted rotations.
fn stages(secret: &Secret) -> BTreeMap<Stage, Uid> {
    let of = |version: &SecretVersion| {
        let stages = version.stages.iter().filter(|stage| stage.aborted_place().is_none());
        stages.map(|stage| (stage.clone(), version.uid)).collect::<Vec<_>>()
    };
    secret.versions.iter().flat_map(of).collect()
}

fn rotation(context: &mut MergeContext, sides: Sides<&Secret>) -> Option<Rotation> {
    let sides = sides.map(|it| it.rotation.as_ref());
    let (Some(ours), Some(theirs)) = (sides.ours, sides.theirs) else { return sides.ours.or(sides.theirs).cloned() };
    let sides = Sides { base: sides.base.flatten(), ours, theirs };
    // Pure timestamps take the later time: they are not a person's decision.
    if let Some(base) = sides.base
        && context.prefer.is_none()
        && ours.plan != theirs.plan
        && ours.plan.serial().min(theirs.plan.serial()) < base.plan.serial()
    {
        context.conflict("one side went back to an earlier rotation plan");
    }
    Some(Rotation {
        plan: context.field("the rotation plan", sides.map(|it| &it.plan)).clone(),
        enabled: context.field("whether it rotates", sides.map(|it| it.enabled)),
        since: ours.since.max(theirs.since),
        last_rotated: ours.last_rotated.max(theirs.last_rotated),
        run: None,
    })
}

/// Where copies are kept: those of both sides, vault by vault.
fn replicas(context: &mut MergeContext, sides: Sides<&Secret>) -> Vec<Replica> {
    let by_vault = |side: &Secret| side.replicas.iter().map(|it| (it.vault, it.clone())).collect();
    let mut all = context.map(sides.map(by_vault), |vault| format!("its copy in the vault {vault}"));
    let both = sides.ours.replicas.iter().chain(&sides.theirs.replicas);
    both.filter_map(|it| all.remove(&it.vault)).collect()
}

/// What it is a copy of. A promotion is for good.
fn origin(context: &mut MergeContext, sides: Sides<&Secret>) -> Option<Origin> {
    let is_promoted = |side: &&Secret| side.origin.as_ref().is_some_and(|origin| origin.promoted.is_some());
    match [sides.ours, sides.theirs].into_iter().filter(is_promoted).collect::<Vec<_>>().as_slice() {
        [promoted] => promoted.origin.clone(),
        // Two promotions are one, the earlier one.
        [one, other] if one.origin != other.origin => {
            [&one.origin, &other.origin].into_iter().flatten().min_by_key(|origin| origin.promoted).cloned()
        }
        _ => context.field("its origin", sides.map(|it| &it.origin)).clone(),
    }
}

/// The run of the pending version: the later attempt, from either side.
fn later_run(ours: &Secret, theirs: &Secret, merged: &Secret) -> Option<Run> {
    let pending = merged.staged(&Stage::pending())?.id();
    let runs = [ours, theirs].into_iter().filter_map(|side| side.rotation.as_ref()?.run.as_ref());
    let rank = |run: &&Run| (run.attempt, run.tried, run.step, run.error.clone());
    runs.filter(|run| run.token == pending).max_by_key(rank).cloned()
}

/// The invariants of every secret: limits, no run without its pending version, no obsolete versions.
fn tidy(context: &mut MergeContext, ours: &Secret, theirs: &Secret, merged: &mut Secret) {
    let count: usize = merged.versions.iter().map(|version| version.stages.len()).sum();
    if count > STAGES_LIMIT {
        context.conflict(format!("it would have more than {STAGES_LIMIT} stages"));
    }
    merged.forget_run_without_pending();
    if merged.purge_versions(ours.head.modified.max(theirs.head.modified)).is_err() {
        context.conflict("it would have too many versions");
    }
    if merged.delete_after.is_some() && ours.delete_after != theirs.delete_after {
        context.notes.push("one side marked it for deletion, the other changed it".to_owned());
    }
}
