//! `GetParameter` (parameter-store §10).

use serde::Serialize;

use crate::aws::parameter::Parameter as Shown;
use crate::model::parameter::ParameterRef;
use crate::serve::answer::{Answer, Seconds, answer};
use crate::serve::call::Call;
use crate::serve::fault::Fault;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetParameter {
    parameter: Shown<Seconds>,
}

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let name = members.text("Name").required().length(1..=2048).or_empty();
    members.check()?;
    let service = call.service();
    let wanted: ParameterRef = name
        .parse()
        .map_err(|error: crate::model::parameter::SelectorError| Fault::validation(service, error.to_string()))?;
    let not_found = || Fault::silent(service, "ParameterNotFound");
    let kept = call.parameter(&wanted.name)?.ok_or_else(not_found)?;
    let parameter = kept.document.as_ref().ok_or_else(not_found)?;
    let version = parameter.select(&wanted.selector).map_err(|_| Fault::silent(service, "ParameterVersionNotFound"))?;
    let value = call.parameter_value(&kept, parameter, version)?;
    let copy = crate::model::value::SecretValue::new(zeroize::Zeroizing::new(value.reveal().to_vec()));
    answer(&GetParameter { parameter: Shown::of(parameter, version, &wanted.selector, copy) })
}
