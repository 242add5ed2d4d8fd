//! `UpdateSecretVersionStage` (secrets-manager §4).

use super::faults;
use super::target::{Target, secret_id};
use crate::engine::Error;
use crate::model::secret::{Secret, SecretError, Stage, StageMove, VersionId};
use crate::serve::answer::Answer;
use crate::serve::call::Call;
use crate::serve::fault::Fault;

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let id = secret_id(&members);
    let stage = members.text("VersionStage").required().length(1..=256).or_empty();
    let version = |name| members.text(name).length(32..=64).value();
    let (from, to) = (version("RemoveFromVersionId"), version("MoveToVersionId"));
    members.check()?;
    let target = Target::find(call, id)?;
    call.allow(&target.changing("secretsmanager:UpdateSecretVersionStage").with("secretsmanager:VersionStage", stage))?;
    let secret = target.primary()?;
    let stage: Stage = stage.parse().map_err(|_| faults::invalid_parameter("This isn't a staging label."))?;
    let known = |id: Option<&str>| id.map(|id| known(secret, id)).transpose();
    let order = StageMove { stage, from: known(from)?, to: known(to)? };
    call.vault()?.stage_secret(&secret.name, &order, call.now).map_err(|error| refused(&error, order.from.as_ref()))?;
    target.answer(secret)
}

fn known(secret: &Secret, id: &str) -> Result<VersionId, Fault> {
    let found = id.parse().ok().filter(|id| secret.version(id).is_some());
    found.ok_or_else(|| faults::not_found("Secrets Manager can't find the specified secret version."))
}

/// A label that is on no version cannot be removed from one.
fn refused(error: &Error, from: Option<&VersionId>) -> Fault {
    match (error, from) {
        (Error::Secret { error: SecretError::StageNotFound(stage), .. }, Some(from)) => {
            faults::invalid_parameter(format!("Staging label {stage} isn't attached to version {from}."))
        }
        _ => faults::of(error),
    }
}
