//! `GetResourcePolicies`, `PutResourcePolicy` and `DeleteResourcePolicy`: parameters are not shared with other accounts.

use serde_json::json;

use super::faults;
use crate::serve::answer::{Answer, answer};
use crate::serve::ask::Ask;
use crate::serve::call::Call;
use crate::serve::fault::Fault;
use crate::serve::members::Members;

pub(super) fn get(call: &Call<'_>) -> Answer {
    let members = call.members();
    members.number("MaxResults").range(1..=50);
    allowed(call, &members)?;
    answer(&json!({ "Policies": [] }))
}

pub(super) fn put(call: &Call<'_>) -> Answer {
    let members = call.members();
    members.text("Policy").required();
    allowed(call, &members)?;
    Err(unshared())
}

pub(super) fn delete(call: &Call<'_>) -> Answer {
    let members = call.members();
    members.text("PolicyId").required();
    members.text("PolicyHash").required();
    allowed(call, &members)?;
    Err(unshared())
}

fn allowed(call: &Call<'_>, members: &Members<'_>) -> Result<(), Fault> {
    let arn = members.text("ResourceArn").required().length(20..=2048).or_empty();
    members.check()?;
    let action = format!("ssm:{}", call.operation.name);
    call.allow(&Ask::new(&action, arn))
}

fn unshared() -> Fault {
    faults::new(
        "ResourcePolicyInvalidParameterException",
        "Parameters of this vault cannot be shared with other accounts.",
    )
}
