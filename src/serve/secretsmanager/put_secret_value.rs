//! `PutSecretValue` (secrets-manager §3, §4, §7).

use std::collections::BTreeSet;

use super::faults;
use super::given_value::GivenValue;
use super::shown::hide_own;
use super::target::{Target, secret_id};
use super::token;
use crate::aws::put_secret_value::PutSecretValue;
use crate::model::secret::{Stage, StageError};
use crate::serve::answer::{Answer, answer};
use crate::serve::call::Call;
use crate::serve::fault::Fault;

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let id = secret_id(&members);
    let (token, value) = (token::token(&members), GivenValue::of(&members));
    let stages = members.texts("VersionStages").count(1..=20).each_length(1..=256).value();
    let is_token = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    members.secret("RotationToken").length(36..=256).pattern(r"^[a-zA-Z0-9\-]+$", is_token).value();
    members.check()?;
    let missing = || faults::invalid_request("You must provide either SecretString or SecretBinary.");
    let value = value.take()?.ok_or_else(missing)?;
    let token = token::version_id(token)?;
    let target = Target::find(call, id)?;
    let ask = target.changing("secretsmanager:PutSecretValue");
    call.allow(&ask.with_all(stages.iter().flatten().map(|stage| ("secretsmanager:VersionStage", *stage))))?;
    target.require_own_key()?;
    let secret = target.primary()?;
    let stages = stages.map(|stages| wanted(&stages)).transpose()?;
    let stored = call
        .vault()?
        .put_secret_value(&secret.name, &value, Some(&token), stages.as_ref(), None, call.now)
        .map_err(|error| token::refused(&error, &target.arn))?;
    let mut shown = PutSecretValue::of(&secret.name, Some(&stored));
    hide_own(&mut shown.version_stages);
    answer(&PutSecretValue { arn: Some(target.arn.clone()), ..shown })
}

fn wanted(stages: &[&str]) -> Result<BTreeSet<Stage>, Fault> {
    let refused = |error: StageError| faults::invalid_parameter(error.to_string());
    stages.iter().map(|stage| stage.parse().map_err(refused)).collect()
}
