//! `GetParametersByPath` (parameter-store §10).

use super::filters::{self, Filters, Listing};
use super::{faults, listing, shown};
use crate::aws::parameter::Parameter;
use crate::aws::parameters::GetParametersByPath;
use crate::model::name::{ParameterName, ParameterPath};
use crate::model::parameter::{ParameterType, Version};
use crate::model::trust::Kind;
use crate::serve::answer::{Answer, answer_with};
use crate::serve::ask::Ask;
use crate::serve::call::Call;
use crate::store::files::Reach;

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let sent = members.text("Path").required().length(1..=2048).or_empty();
    let recursive = members.flag("Recursive").unwrap_or_default();
    let decrypts = members.flag("WithDecryption").unwrap_or_default();
    let size = listing::size(&members, 10);
    filters::check(&members, "ParameterFilters");
    members.check()?;
    let path: ParameterPath = sent.parse().map_err(|_| faults::path())?;
    let filters = Filters::of(&members, Listing::ByPath)?;
    // Whoever may read a path may read what is below it, whatever is said of that by name.
    let arn = call.account().arn("ssm", &format!("parameter{sent}"));
    let ask = || Ask::new("ssm:GetParametersByPath", arn.clone()).with("ssm:Recursive", recursive.to_string());
    call.allow(&ask())?;
    let reach = if recursive { Reach::Descendants } else { Reach::Children };
    let names = call.parameter_names_below(&path, reach)?;
    let names: Vec<&ParameterName> = names.iter().collect();
    let page = listing::page(call, &names, size, |parameter| {
        let selector = filters.selector(parameter);
        let Some(version) = parameter.select(&selector).ok().filter(|_| filters.matches(parameter)) else {
            return Ok(None);
        };
        if decrypts && is_sealed(version) {
            call.allow(&ask().reads(Kind::Parameter, parameter.name.as_str()))?;
        }
        let name = parameter.name.to_string();
        shown::valued(call, parameter, version, name, &selector, decrypts).map(Some)
    })?;
    let size = page.items.iter().map(Parameter::size).sum();
    let page = GetParametersByPath { parameters: page.items, next_token: page.next_token };
    answer_with(&page, size)
}

fn is_sealed(version: &Version) -> bool {
    version.parameter_type() == ParameterType::SecureString
}
