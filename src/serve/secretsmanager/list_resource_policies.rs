//! `ListResourcePolicies`: names of policies. A secret has one at most.

use serde::Serialize;

use super::page::{Order, Page};
use super::policy_name::DEFAULT;
use super::target::{Target, secret_id};
use crate::serve::answer::{Answer, answer};
use crate::serve::call::Call;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListResourcePolicies {
    resource_policies: Vec<Summary>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Summary {
    policy_name: &'static str,
}

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let (id, page) = (secret_id(&members), Page::of(&members, 100));
    members.check()?;
    let target = Target::find(call, id)?;
    call.allow(&target.ask("secretsmanager:ListResourcePolicies"))?;
    let secret = target.live()?;
    let policies = secret.resource_policy.iter().map(|_| Summary { policy_name: DEFAULT }).collect();
    let (resource_policies, _) = page.cut(call, policies, Order::Ascending, |_| DEFAULT.to_owned())?;
    answer(&ListResourcePolicies { resource_policies })
}
