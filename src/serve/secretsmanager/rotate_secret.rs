//! `RotateSecret` (secrets-manager §8): stores how a secret is rotated, and begins. The steps run after the answer.

use super::rotation::{self, Ordered};
use super::rotation_rules::GivenRules;
use super::target::{Target, secret_id};
use super::{faults, token};
use crate::aws::rotate_secret::RotateSecret;
use crate::engine::Error;
use crate::model::secret::{Secret, SecretError, SecretVersion, Stage, VersionId};
use crate::serve::answer::{Answer, answer};
use crate::serve::call::Call;
use crate::serve::fault::Fault;
use crate::serve::unanswered::Unanswered;

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let (id, token) = (secret_id(&members), members.text("ClientRequestToken").value());
    let function = members.text("RotationLambdaARN").length(0..=2048).value().filter(|arn| !arn.is_empty());
    let (given, immediately) = (GivenRules::of(&members), members.flag("RotateImmediately").unwrap_or(true));
    members.check()?;
    let token = version_id(token)?;
    let target = Target::find(call, id)?;
    allow(call, &target, function, given.is_some(), immediately)?;
    let secret = target.primary()?;
    let rules = given.map(|given| given.rules()).transpose()?.flatten();
    let vault = call.vault()?;
    let done = || answered(&target, secret, &token);
    match state(secret, &token) {
        State::Idle => {}
        State::Done => return done(),
        State::Unfinished { is_same } => {
            rotation::retry(call, secret);
            return if is_same { done() } else { Err(unfinished().into()) };
        }
    }
    if secret.version(&token).is_some() {
        return Err(faults::refusal(&target.arn, SecretError::TokenInUse(token)).into());
    }
    let name = &secret.name;
    // AWSCURRENT has moved already, and the last write is still to come.
    if vault.is_being_rotated(name)? {
        return Err(unfinished().into());
    }
    require_value(secret)?;
    rotation::configure(call, secret, Ordered { function, rules })?;
    let failed = |error: Error| match error {
        Error::Rotating(_) => unfinished(),
        error => faults::of(&error),
    };
    if immediately {
        rotation::carry_on(call, vault.begin_rotation(name, Some(&token), call.now).map_err(failed)?)?;
    } else {
        rotation::rehearse(call, vault.begin_rehearsal(name, Some(&token), call.now).map_err(failed)?)?;
    }
    done()
}

/// What the token finds.
enum State {
    /// No rotation is unfinished.
    Idle,
    /// The rotation of this token has succeeded.
    Done,
    /// A version is pending.
    Unfinished {
        /// It is that of the token.
        is_same: bool,
    },
}

fn state(secret: &Secret, token: &VersionId) -> State {
    let current = secret.staged(&Stage::current()).map(SecretVersion::id);
    match secret.rotating() {
        Ok(pending) => State::Unfinished { is_same: pending.id() == *token },
        Err(_) if secret.rotation.is_some() && current.as_ref() == Some(token) => State::Done,
        Err(_) => State::Idle,
    }
}

/// Nothing is stored for a secret that has nothing to rotate yet.
fn require_value(secret: &Secret) -> Result<(), Fault> {
    let current = secret.staged(&Stage::current()).filter(|version| version.content.is_some());
    current.map(drop).ok_or_else(|| faults::refusal(&secret.name, SecretError::NothingToRotate))
}

fn unfinished() -> Fault {
    faults::invalid_request("A previous rotation isn't complete. That rotation will be reattempted.")
}

fn answered(target: &Target, secret: &Secret, token: &VersionId) -> Answer {
    answer(&RotateSecret { arn: Some(target.arn.clone()), ..RotateSecret::of(&secret.name, Some(token)) })
}

/// The caller must be allowed to rotate the secret, and to call the function that it names.
fn allow(
    call: &Call<'_>,
    target: &Target,
    function: Option<&str>,
    has_rules: bool,
    immediately: bool,
) -> Result<(), Unanswered> {
    let ask = target
        .changing("secretsmanager:RotateSecret")
        .with("secretsmanager:ModifyRotationRules", has_rules.to_string())
        .with("secretsmanager:RotateImmediately", immediately.to_string())
        .with_all(function.map(|arn| ("secretsmanager:RotationLambdaARN", arn)));
    call.allow(&ask)?;
    function.map_or(Ok(()), |arn| call.allow(&rotation::invoking(call, arn)))
}

fn version_id(text: Option<&str>) -> Result<VersionId, Fault> {
    let text = text.ok_or_else(|| faults::invalid_parameter(token::MISSING))?;
    if !(32..=64).contains(&text.chars().count()) {
        return Err(faults::invalid_parameter("ClientRequestToken must be 32-64 characters long."));
    }
    token::parsed(text)
}
