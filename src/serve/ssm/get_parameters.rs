//! `GetParameters` (parameter-store §10).

use std::collections::BTreeSet;

use super::{faults, read::Read};
use crate::aws::error::Service;
use crate::aws::parameter::Parameter;
use crate::aws::parameters::GetParameters;
use crate::serve::answer::{Answer, Seconds, answer_with};
use crate::serve::call::Call;
use crate::serve::unanswered::Unanswered;

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let names = members.texts("Names").required().count(1..=10).each_length(1..=2048).or_none();
    let decrypts = members.flag("WithDecryption").unwrap_or_default();
    members.check()?;
    let mut found = GetParameters::<Seconds> { parameters: Vec::new(), invalid_parameters: Vec::new() };
    let mut reads = Vec::with_capacity(names.len());
    // By name, each once. The caller must be allowed all of them before one is opened.
    for name in names.into_iter().collect::<BTreeSet<_>>() {
        match Read::of(call, name, decrypts) {
            Ok(read) => reads.push((name, read)),
            Err(unanswered) => found.invalid_parameters.push(unreadable(name, unanswered)?),
        }
    }
    for (name, read) in reads {
        match read.open(call, decrypts) {
            Ok(parameter) => found.parameters.push(parameter),
            Err(unanswered) => found.invalid_parameters.push(unreadable(name, unanswered)?),
        }
    }
    found.invalid_parameters.sort();
    let size = found.parameters.iter().map(Parameter::size).sum();
    answer_with(&found, size)
}

/// The name, if that is what is wrong. The others are answered then.
fn unreadable(name: &str, unanswered: Unanswered) -> Result<String, Unanswered> {
    let fault = unanswered.told(Service::ParameterStore)?;
    if faults::is_of_name(&fault) { Ok(name.to_owned()) } else { Err(fault.into()) }
}
