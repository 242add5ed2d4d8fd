//! Secrets as the API shows them: AWS knows neither the default key of the vault nor its stages of aborted rotations.

use super::{given_key, regions};
use crate::aws::rotation_rules::RotationRules;
use crate::aws::secret::SecretMetadata;
use crate::aws::version_stages::VersionStages;
use crate::model::period::Unit;
use crate::model::secret::{Rotation, Secret, Stage};
use crate::serve::answer::Seconds;
use crate::serve::call::Call;
use crate::serve::kept::Kept;
use crate::serve::moments::Moment;

/// What `DescribeSecret` and `ListSecrets` say.
pub(super) fn metadata(call: &Call<'_>, secret: &Kept<Secret>) -> SecretMetadata<Seconds> {
    let metadata = SecretMetadata::of(secret);
    SecretMetadata {
        arn: Some(call.account().secret(&secret.name, secret.suffix())),
        tags: metadata.tags.or_else(|| call.untagged().has(secret.id).then(Vec::new)),
        created_date: secret.created.map(|created| secret.seconds(Moment::Created, created)),
        last_changed_date: secret.seconds(Moment::Changed, secret.head.modified),
        last_accessed_date: call.accessed().secret(secret.id).map(Seconds::from),
        primary_region: regions::primary_region(call, secret),
        rotation_rules: metadata.rotation_rules.map(|rules| with_days(rules, secret)),
        kms_key_id: metadata.kms_key_id.filter(|key| key != given_key::DEFAULT).map(|key| given_key::shown(&key)),
        ..metadata
    }
}

/// A rate has its days beside it, rounded up.
fn with_days(rules: RotationRules, secret: &Secret) -> RotationRules {
    let terms = secret.rotation.as_ref().and_then(Rotation::terms).and_then(|terms| terms.rules.as_ref());
    let days = terms.and_then(|rules| rules.schedule().period()).map(|period| match period.unit() {
        Unit::Days => period.number(),
        Unit::Hours => period.number().div_ceil(24),
    });
    RotationRules { automatically_after_days: days, ..rules }
}

/// The versions that have stages, with these.
pub(super) fn version_stages(secret: &Secret) -> Option<VersionStages> {
    let VersionStages(mut versions) = VersionStages::of(secret)?;
    for (_, stages) in &mut versions {
        hide_own(stages);
    }
    versions.retain(|(_, stages)| !stages.is_empty());
    Some(VersionStages(versions))
}

/// Removes the stages of aborted rotations.
pub(super) fn hide_own(stages: &mut Vec<String>) {
    stages.retain(|stage| stage.parse::<Stage>().is_ok_and(|stage| stage.aborted_place().is_none()));
}
