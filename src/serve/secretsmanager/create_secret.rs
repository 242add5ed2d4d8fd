//! `CreateSecret` (secrets-manager §3, §7).

use serde::Serialize;

use super::given_regions::GivenRegions;
use super::given_tags::GivenTags;
use super::given_value::GivenValue;
use super::target::Target;
use super::{copies, faults, given_key, token};
use crate::aws::put_secret_value::PutSecretValue;
use crate::aws::replication_status::ReplicationStatus;
use crate::engine::{Error, NewSecret};
use crate::model::name::SecretName;
use crate::model::secret::SecretError;
use crate::model::trust::Kind;
use crate::serve::answer::{Answer, answer};
use crate::serve::ask::Ask;
use crate::serve::call::Call;
use crate::serve::fault::Fault;

/// What was stored, and how the copies are.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CreateSecret {
    #[serde(flatten)]
    put: PutSecretValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    replication_status: Option<Vec<ReplicationStatus>>,
}

const NAME_LIMIT: i64 = 512;

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let name = members.text("Name").required().length(1..=NAME_LIMIT).or_empty();
    let (token, value) = (token::token(&members), GivenValue::of(&members));
    let description = members.text("Description").length(0..=2048).or_empty();
    let (key, tags) = (given_key::key_id(&members), GivenTags::of(&members));
    let regions = GivenRegions::of(&members);
    let kind = members.text("Type").length(0..=256).or_empty();
    members.check()?;
    let given: SecretName = name.parse().map_err(|_| faults::no_name())?;
    let value = value.take()?;
    let token = if value.is_some() { Some(token::version_id(token)?) } else { None };
    let set = tags.set()?;
    let asked = |action| Ask::new(action, call.account().missing_secret(name)).writes(Kind::Secret, name);
    let ask = asked("secretsmanager:CreateSecret").with("secretsmanager:Name", name);
    let texts = [("secretsmanager:Description", description), ("secretsmanager:Type", kind)];
    let ask = given_key::told(tags.told(ask), key).with_all(texts.into_iter().filter(|(_, text)| !text.is_empty()));
    call.allow(&regions.told(ask))?;
    // Tags and copies take the rights that they would take afterwards.
    if !tags.is_empty() {
        call.allow(&tags.told(asked("secretsmanager:TagResource")))?;
    }
    if !regions.is_empty() {
        call.allow(&regions.told(asked("secretsmanager:ReplicateSecretToRegions")))?;
    }
    let destinations = regions.destinations(call, &given)?;
    given_key::check(call, &given, key)?;
    let new = NewSecret { value, description: description.to_owned(), tags: set, token, replace: false };
    let created = call.vault()?.create_secret(&given, &new, call.now);
    let target = Target::find(call, name)?;
    let stored = created.map_err(|error| refused(&error, &target.arn))?;
    let replication_status = copies::add(call, &given, &destinations, regions.mode)?;
    let shown = PutSecretValue::of(&given, Some(&stored));
    let put = PutSecretValue { arn: Some(target.arn), version_stages: Vec::new(), ..shown };
    answer(&CreateSecret { put, replication_status })
}

/// The name of a secret that is marked for deletion is taken until it is deleted.
fn refused(error: &Error, arn: &str) -> Fault {
    let fault = token::refused(error, arn);
    match error {
        Error::Secret { error: SecretError::MarkedForDeletion { .. }, .. } => {
            let text =
                "You can't create this secret because a secret with this name is already scheduled for deletion.";
            Fault { message: Some(text.into()), ..fault }
        }
        _ => fault,
    }
}
