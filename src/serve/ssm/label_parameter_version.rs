//! `LabelParameterVersion` (parameter-store §8).

use super::{faults, lookup, requested};
use crate::aws::labels::LabelParameterVersion;
use crate::serve::answer::{Answer, answer};
use crate::serve::call::Call;

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let name = members.text("Name").required().length(1..=2048).or_empty();
    let number = members.number("ParameterVersion").value();
    // More than a version can have are refused like those that make it too many.
    let labels = members.texts("Labels").required().count(1..=i64::MAX).each_length(1..=100).or_none();
    members.check()?;
    let name = requested::name(name)?;
    lookup::changeable(call, &name)?.ok_or_else(faults::not_found)?;
    let labels: Vec<String> = labels.into_iter().map(str::to_owned).collect();
    // No version has a number below 1.
    let number = number.map(|number| u64::try_from(number).unwrap_or(0));
    let done = call.vault()?.label(&name, number, &labels, call.now);
    answer(&LabelParameterVersion::from(&done.map_err(|error| faults::of(&error, name.as_str()))?))
}
