//! `UpdateSecret` (secrets-manager §7): the version is in the answer only if a value was given.

use super::given_key;
use super::given_value::GivenValue;
use super::target::{Target, secret_id};
use super::token;
use crate::aws::put_secret_value::PutSecretValue;
use crate::serve::answer::{Answer, answer};
use crate::serve::call::Call;

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let id = secret_id(&members);
    let (token, value) = (token::token(&members), GivenValue::of(&members));
    let description = members.text("Description").length(0..=2048).value();
    let key = given_key::key_id(&members);
    let kind = members.text("Type").length(0..=256).value();
    members.check()?;
    let value = value.take()?;
    let token = if value.is_some() { Some(token::version_id(token)?) } else { None };
    let target = Target::find(call, id)?;
    let ask = given_key::told(target.changing("secretsmanager:UpdateSecret"), key)
        .with_all(description.map(|text| ("secretsmanager:Description", text)))
        .with_all(kind.map(|text| ("secretsmanager:Type", text)));
    call.allow(&ask)?;
    let secret = target.primary()?;
    given_key::check(call, &secret.name, key)?;
    let stored = call
        .vault()?
        .revise_secret(&secret.name, description, value.as_ref(), token.as_ref(), None, call.now)
        .map_err(|error| token::refused(&error, &target.arn))?;
    let shown = PutSecretValue::of(&secret.name, stored.as_ref());
    answer(&PutSecretValue { arn: Some(target.arn.clone()), version_stages: Vec::new(), ..shown })
}
