//! `DescribeParameters` (parameter-store §10).

use std::sync::Arc;

use serde::Serialize;

use super::filters::{self, Filters, Listing};
use super::{faults, listing, shown};
use crate::aws::parameter_metadata::ParameterMetadata;
use crate::model::name::ParameterName;
use crate::serve::answer::{Answer, Seconds, answer};
use crate::serve::ask::Ask;
use crate::serve::call::Call;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DescribeParameters {
    parameters: Vec<ParameterMetadata<Seconds>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let size = listing::size(&members, 50);
    let shared = members.flag("Shared").unwrap_or_default();
    filters::check(&members, "Filters");
    filters::check(&members, "ParameterFilters");
    members.check()?;
    let has = |member| !members.structures(member).or_none().is_empty();
    if has("Filters") && has("ParameterFilters") {
        return Err(faults::validation("You can use either Filters or ParameterFilters in a single request.").into());
    }
    let filters = if has("Filters") { Filters::older(&members)? } else { Filters::of(&members, Listing::Describe)? };
    call.allow(&Ask::new("ssm:DescribeParameters", call.account().arn("ssm", "*")))?;
    // Nobody shares a parameter with this vault.
    let listed = if shared || filters.names().is_some() { Arc::default() } else { call.parameter_names()? };
    let names = if shared { &[] } else { filters.names().unwrap_or(&listed) };
    let names: Vec<&ParameterName> = names.iter().filter(|name| filters.admits(name)).collect();
    let page = listing::page(call, &names, size, |parameter| {
        let latest = parameter.latest().filter(|_| filters.matches(parameter));
        Ok(latest.map(|latest| shown::described(call, parameter, latest)))
    })?;
    answer(&DescribeParameters { parameters: page.items, next_token: page.next_token })
}
