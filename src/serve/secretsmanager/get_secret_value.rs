//! `GetSecretValue` (secrets-manager §5).

use std::sync::Arc;

use super::faults;
use super::shown::hide_own;
use super::target::{Target, secret_id};
use crate::aws::secret_value::GetSecretValue;
use crate::model::sealed::Sealed;
use crate::model::secret::{Secret, SecretError, SecretVersion, Stage};
use crate::model::value::SecretValue;
use crate::serve::answer::{Answer, Seconds, answer_with};
use crate::serve::call::Call;
use crate::serve::fault::Fault;
use crate::serve::moments::Moment;
use crate::serve::unanswered::Unanswered;

/// The action of reading a value, however it is read.
pub(super) const ACTION: &str = "secretsmanager:GetSecretValue";

/// Which version is asked for.
#[derive(Clone, Copy, Default)]
pub(super) struct Wanted<'b> {
    id: Option<&'b str>,
    stage: Option<&'b str>,
}

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let id = secret_id(&members);
    let wanted = Wanted {
        id: members.text("VersionId").length(32..=64).value(),
        stage: members.text("VersionStage").length(1..=256).value(),
    };
    members.check()?;
    let target = Target::find(call, id)?;
    let ask = target.reading(ACTION).with_all(wanted.id.map(|id| ("secretsmanager:VersionId", id)));
    call.allow(&ask.with_all(wanted.stage.map(|stage| ("secretsmanager:VersionStage", stage))))?;
    let value = read(call, &target, wanted)?;
    answer_with(&value, value.shown().map_or(0, |value| value.reveal().len()))
}

/// The value of a version.
pub(super) fn read(
    call: &Call<'_>,
    target: &Target,
    wanted: Wanted<'_>,
) -> Result<GetSecretValue<Seconds, Arc<SecretValue>>, Unanswered> {
    target.require_own_key()?;
    let secret = target.live()?;
    let version = select(secret, wanted).map_err(|missing| missing.told(secret, wanted))?;
    let value = match call.secret_value(secret, version) {
        Err(unanswered) => return Err(unreadable(unanswered.told(call.service())?).into()),
        Ok(value) => value,
    };
    let is_binary = version.content.as_ref().is_some_and(Sealed::is_binary);
    let mut shown = GetSecretValue::of(secret, version, value, is_binary);
    shown.arn = Some(target.arn.clone());
    shown.created_date = secret.seconds(Moment::Version(version.uid), version.created);
    hide_own(&mut shown.version_stages);
    Ok(shown)
}

/// A key that cannot be used is a failure to decrypt here, and a failure to encrypt elsewhere.
fn unreadable(fault: Fault) -> Fault {
    let text = "Secrets Manager can't decrypt the protected secret text using the provided KMS key.";
    if fault.code == "EncryptionFailure" { faults::new("DecryptionFailure", text) } else { fault }
}

/// Why there is no such value.
enum Missing {
    /// A rule says so.
    Rule(SecretError),
    /// No secret can have a version of this id.
    NoId,
    /// No version can have this stage.
    NoStage,
}

fn select<'s>(secret: &'s Secret, wanted: Wanted<'_>) -> Result<&'s SecretVersion, Missing> {
    let id = wanted.id.map(str::parse).transpose().map_err(|_| Missing::NoId)?;
    let stage: Option<Stage> = wanted.stage.map(str::parse).transpose().map_err(|_| Missing::NoStage)?;
    secret.select(id.as_ref(), stage.as_ref()).map_err(Missing::Rule)
}

impl Missing {
    /// A version without a value is missing under the stage or the id that it was asked for with.
    fn told(self, secret: &Secret, wanted: Wanted<'_>) -> Fault {
        let of_id = |id: &str| format!("VersionId: {id}");
        let what = match (self, wanted) {
            (Missing::Rule(SecretError::StageNotFound(stage)), _) => format!("staging label: {stage}"),
            (Missing::Rule(SecretError::Valueless(_)), Wanted { id: None, stage }) => {
                format!("staging label: {}", stage.unwrap_or("AWSCURRENT"))
            }
            (Missing::Rule(SecretError::VersionNotFound(id)), _) => of_id(id.as_str()),
            (Missing::NoId, wanted) => of_id(wanted.id.unwrap_or_default()),
            (Missing::NoStage, wanted) => format!("staging label: {}", wanted.stage.unwrap_or_default()),
            (Missing::Rule(error), _) => return faults::refusal(&secret.name, error),
        };
        faults::not_found(format!("Secrets Manager can't find the specified secret value for {what}"))
    }
}
