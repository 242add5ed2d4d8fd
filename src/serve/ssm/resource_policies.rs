//! `GetResourcePolicies`, `PutResourcePolicy` and `DeleteResourcePolicy`: parameters are not shared with other accounts.

use serde_json::json;

use super::faults;
use crate::serve::answer::{Answer, answer};
use crate::serve::ask::Ask;
use crate::serve::call::Call;
use crate::serve::members::Members;
use crate::serve::unanswered::Unanswered;

pub(super) fn get(call: &Call<'_>) -> Answer {
    let members = call.members();
    members.number("MaxResults").range(1..=50);
    allowed(call, &members)?;
    answer(&json!({ "Policies": [] }))
}

pub(super) fn put(call: &Call<'_>) -> Answer {
    let members = call.members();
    members.text("Policy").required();
    refused(call, &members)
}

pub(super) fn delete(call: &Call<'_>) -> Answer {
    let members = call.members();
    members.text("PolicyId").required();
    members.text("PolicyHash").required();
    refused(call, &members)
}

fn refused(call: &Call<'_>, members: &Members<'_>) -> Answer {
    allowed(call, members)?;
    let text = "Parameters of this vault cannot be shared with other accounts.";
    Err(faults::new("ResourcePolicyInvalidParameterException", text).into())
}

fn allowed(call: &Call<'_>, members: &Members<'_>) -> Result<(), Unanswered> {
    let arn = members.text("ResourceArn").required().length(20..=2048).or_empty();
    members.check()?;
    call.allow(&Ask::new(&call.action(), arn))
}
