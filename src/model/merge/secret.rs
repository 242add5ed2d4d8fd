//! Merging two secrets.

use std::collections::{BTreeMap, BTreeSet};

use super::context::{Conflict, MergeContext, Merged, Side, head, interleave};
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
    let mut context = MergeContext::new(prefer);
    let merged = whole_side(&mut context, base, ours, theirs);
    let merged = merged.unwrap_or_else(|| mixed(&mut context, base, ours, theirs));
    let head = head(&mut context, base.map(|base| &base.head), &ours.head, &theirs.head);
    context.finish(Secret { head, ..merged })
}

fn whole_side(context: &mut MergeContext, base: Option<&Secret>, ours: &Secret, theirs: &Secret) -> Option<Secret> {
    let same = |one: &Secret, other: &Secret| Secret { head: other.head.clone(), ..one.clone() } == *other;
    let unchanged = |side| base.is_some_and(|base| same(base, side));
    if same(ours, theirs) || unchanged(theirs) {
        return Some(ours.clone());
    }
    if unchanged(ours) {
        return Some(theirs.clone());
    }
    one_copy(context, ours, theirs)
        .or_else(|| context.one_life(base, (ours, theirs), |secret| (secret.id, secret.deleted)))
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

fn mixed(context: &mut MergeContext, base: Option<&Secret>, ours: &Secret, theirs: &Secret) -> Secret {
    let tags = context.tags(base.map(|base| &base.tags), &ours.tags, &theirs.tags);
    let mut merged = Secret {
        created: ours.created.min(theirs.created),
        description: context.field(
            "the description",
            base.map(|b| &b.description),
            &ours.description,
            &theirs.description,
        ),
        delete_after: context.field(
            "the deletion date",
            base.map(|b| &b.delete_after),
            &ours.delete_after,
            &theirs.delete_after,
        ),
        resource_policy: context.field(
            "the resource policy",
            base.map(|b| &b.resource_policy),
            &ours.resource_policy,
            &theirs.resource_policy,
        ),
        replicas: replicas(context, base, ours, theirs),
        origin: origin(context, base, ours, theirs),
        rotation: rotation(context, base, ours, theirs),
        tags,
        versions: united(context, base, ours, theirs),
        ..ours.clone()
    };
    place_stages(context, base, ours, theirs, &mut merged);
    let run = later_run(ours, theirs, &merged);
    if let Some(rotation) = &mut merged.rotation {
        rotation.run = run;
    }
    tidy(context, ours, theirs, &mut merged);
    merged
}

/// All versions, the oldest first, without stages.
fn united(context: &mut MergeContext, base: Option<&Secret>, ours: &Secret, theirs: &Secret) -> Vec<SecretVersion> {
    let age = |side: &Secret| side.versions.iter().map(|version| (version.created, version.uid)).collect::<Vec<_>>();
    let find = |side: &Secret, uid: Uid| side.versions.iter().find(|version| version.uid == uid).cloned();
    let mut versions = Vec::new();
    for uid in interleave(&age(ours), &age(theirs)) {
        let version = match (find(ours, uid), find(theirs, uid)) {
            (Some(ours), Some(theirs)) => {
                one_version(context, base.and_then(|base| find(base, uid)).as_ref(), ours, &theirs)
            }
            (Some(only), None) | (None, Some(only)) => only,
            (None, None) => continue,
        };
        if versions.iter().any(|other: &SecretVersion| other.id() == version.id()) {
            context.conflict(format!("both sides created the version {} independently", version.id()));
        }
        versions.push(SecretVersion { stages: [].into(), ..version });
    }
    versions
}

fn one_version(
    context: &mut MergeContext,
    base: Option<&SecretVersion>,
    ours: SecretVersion,
    theirs: &SecretVersion,
) -> SecretVersion {
    let what = format!("the content of version {}", ours.id());
    let base = base.map_or(&None, |base| &base.content);
    let content = context.field(&what, Some(base), &ours.content, &theirs.content);
    let fixed = |version: &SecretVersion| (version.token.clone(), version.created, version.by.clone());
    let (token, created, by) = context.field(&what, None, &fixed(&ours), &fixed(theirs));
    let exposed = ours.exposed || theirs.exposed;
    SecretVersion { token, created, by, exposed, content, ..ours }
}

fn place_stages(
    context: &mut MergeContext,
    base: Option<&Secret>,
    ours: &Secret,
    theirs: &Secret,
    merged: &mut Secret,
) {
    let aborted = aborted(base, ours, theirs);
    let (base, mut ours_at, mut theirs_at) = (base.map(stages).unwrap_or_default(), stages(ours), stages(theirs));
    let pending = Stage::pending();
    // Of two rotations started independently, one without a value yet has nothing to lose.
    if let (Some(here), Some(there)) = (ours_at.get(&pending).copied(), theirs_at.get(&pending).copied())
        && here != there
    {
        match (valued(merged, here), valued(merged, there)) {
            (true, false) => drop(theirs_at.insert(pending, here)),
            (false, true) => drop(ours_at.insert(pending, there)),
            _ => {}
        }
    }
    for (stage, uid) in context.map(&base, &ours_at, &theirs_at, |stage| format!("the stage {}", stage.as_str())) {
        if let Some(version) = merged.versions.iter_mut().find(|version| version.uid == uid) {
            version.stages.insert(stage);
        }
    }
    keep_aborted(context, aborted, [ours, theirs], merged);
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
fn aborted(base: Option<&Secret>, ours: &Secret, theirs: &Secret) -> BTreeSet<Uid> {
    let of = |side: &Secret| side.aborted().iter().map(|version| version.uid).collect::<BTreeSet<_>>();
    let (base, ours, theirs) = (base.map(of).unwrap_or_default(), of(ours), of(theirs));
    let kept = |uid: &Uid| ours.contains(uid) && theirs.contains(uid) || !base.contains(uid);
    ours.union(&theirs).copied().filter(kept).collect()
}

fn valued(secret: &Secret, uid: Uid) -> bool {
    secret.versions.iter().any(|version| version.uid == uid && version.content.is_some())
}

/// Where each stage is, except those of aborted rotations.
fn stages(secret: &Secret) -> BTreeMap<Stage, Uid> {
    let of = |version: &SecretVersion| {
        let stages = version.stages.iter().filter(|stage| stage.aborted_place().is_none());
        stages.map(|stage| (stage.clone(), version.uid)).collect::<Vec<_>>()
    };
    secret.versions.iter().flat_map(of).collect()
}

fn rotation(context: &mut MergeContext, base: Option<&Secret>, ours: &Secret, theirs: &Secret) -> Option<Rotation> {
    let base = base.and_then(|base| base.rotation.as_ref());
    let (Some(here), Some(there)) = (&ours.rotation, &theirs.rotation) else {
        return ours.rotation.clone().or_else(|| theirs.rotation.clone());
    };
    // Pure timestamps take the later time: they are not a person's decision.
    if let Some(base) = base
        && context.prefer.is_none()
        && here.plan != there.plan
        && here.plan.serial().min(there.plan.serial()) < base.plan.serial()
    {
        context.conflict("one side went back to an earlier rotation plan");
    }
    Some(Rotation {
        plan: context.field("the rotation plan", base.map(|b| &b.plan), &here.plan, &there.plan),
        enabled: context.field("whether it rotates", base.map(|b| &b.enabled), &here.enabled, &there.enabled),
        since: here.since.max(there.since),
        last_rotated: here.last_rotated.max(there.last_rotated),
        run: None,
    })
}

/// Where copies are kept: those of both sides, vault by vault.
fn replicas(context: &mut MergeContext, base: Option<&Secret>, ours: &Secret, theirs: &Secret) -> Vec<Replica> {
    let by_vault = |side: &Secret| side.replicas.iter().map(|it| (it.vault, it.clone())).collect::<BTreeMap<_, _>>();
    let base = base.map(by_vault).unwrap_or_default();
    let mut all =
        context.map(&base, &by_vault(ours), &by_vault(theirs), |vault| format!("its copy in the vault {vault}"));
    ours.replicas.iter().chain(&theirs.replicas).filter_map(|it| all.remove(&it.vault)).collect()
}

/// What it is a copy of. A promotion is for good.
fn origin(context: &mut MergeContext, base: Option<&Secret>, ours: &Secret, theirs: &Secret) -> Option<Origin> {
    let is_promoted = |side: &&Secret| side.origin.as_ref().is_some_and(|origin| origin.promoted.is_some());
    match [ours, theirs].into_iter().filter(is_promoted).collect::<Vec<_>>().as_slice() {
        [promoted] => promoted.origin.clone(),
        // Two promotions are one, the earlier one.
        [one, other] if one.origin != other.origin => {
            [&one.origin, &other.origin].into_iter().flatten().min_by_key(|origin| origin.promoted).cloned()
        }
        _ => context.field("its origin", base.map(|b| &b.origin), &ours.origin, &theirs.origin),
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
