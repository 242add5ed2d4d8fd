//! `RotateSecret` (secrets-manager §8): stores how a secret is rotated, and begins. The steps run after the answer.

use super::rotation::{self, Ordered};
use super::rotation_rules::GivenRules;
use super::target::{Target, secret_id};
use crate::aws::rotate_secret::RotateSecret;
use crate::engine::Error;
use crate::model::secret::{Secret, SecretError, Stage, VersionId};
use crate::serve::answer::{Answer, answer};
use crate::serve::call::Call;
use crate::serve::fault::Fault;

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let (id, token) = (secret_id(&members), members.text("ClientRequestToken").value());
    let function = members.text("RotationLambdaARN").length(0..=2048).value().filter(|arn| !arn.is_empty());
    let (given, immediately) = (GivenRules::of(&members), members.flag("RotateImmediately").unwrap_or(true));
    members.check()?;
    let token = version_id(call, token)?;
    let target = Target::find(call, id)?;
    allow(call, &target, function, given.is_some(), immediately)?;
    let secret = target.primary(call)?;
    let rules = given.map(|given| given.rules(call)).transpose()?.flatten();
    let vault = call.vault()?;
    let done = || answered(&target, secret, &token);
    match state(secret, &token) {
        State::Idle => {}
        State::Done => return done(),
        State::Unfinished { is_same } => {
            rotation::retry(call, secret);
            return if is_same { done() } else { Err(unfinished(call)) };
        }
    }
    if secret.version(&token).is_some() {
        return Err(call.refusal(&target.arn, SecretError::TokenInUse(token)));
    }
    let name = &secret.name;
    // AWSCURRENT has moved already, and the last write is still to come.
    if vault.is_being_rotated(name).map_err(|error| call.fault(&error))? {
        return Err(unfinished(call));
    }
    require_value(call, secret)?;
    rotation::configure(call, secret, Ordered { function, rules })?;
    let failed = |error: Error| match error {
        Error::Rotating(_) => unfinished(call),
        error => call.fault(&error),
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
    let current = secret.staged(&Stage::current()).map(crate::model::secret::SecretVersion::id);
    match secret.rotating() {
        Ok(pending) => State::Unfinished { is_same: pending.id() == *token },
        Err(_) if secret.rotation.is_some() && current.as_ref() == Some(token) => State::Done,
        Err(_) => State::Idle,
    }
}

/// Nothing is stored for a secret that has nothing to rotate yet.
fn require_value(call: &Call<'_>, secret: &Secret) -> Result<(), Fault> {
    let current = secret.staged(&Stage::current()).filter(|version| version.content.is_some());
    current.map(drop).ok_or_else(|| call.refusal(&secret.name, SecretError::NothingToRotate))
}

fn unfinished(call: &Call<'_>) -> Fault {
    let text = "A previous rotation isn't complete. That rotation will be reattempted.";
    Fault::new(call.service(), "InvalidRequestException", text)
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
) -> Result<(), Fault> {
    let mut ask = target
        .changing("secretsmanager:RotateSecret")
        .with("secretsmanager:ModifyRotationRules", has_rules.to_string())
        .with("secretsmanager:RotateImmediately", immediately.to_string());
    if let Some(arn) = function {
        ask = ask.with("secretsmanager:RotationLambdaARN", arn);
    }
    call.allow(&ask)?;
    function.map_or(Ok(()), |arn| call.allow(&rotation::invoking(call, arn)))
}

fn version_id(call: &Call<'_>, token: Option<&str>) -> Result<VersionId, Fault> {
    let wrong = |text: &'static str| Fault::new(call.service(), "InvalidParameterException", text);
    let missing = "You must provide a ClientRequestToken value. We recommend a UUID-type value.";
    let unfit = "A ClientRequestToken can have only printable ASCII characters other than spaces.";
    let token = token.ok_or_else(|| wrong(missing))?;
    if !(32..=64).contains(&token.chars().count()) {
        return Err(wrong("ClientRequestToken must be 32-64 characters long."));
    }
    token.parse().map_err(|_| wrong(unfit))
}
