//! `DeleteParameters` (parameter-store §11).

use std::collections::BTreeSet;

use super::delete_parameter::delete;
use super::{faults, lookup, requested};
use crate::aws::parameters::DeleteParameters;
use crate::serve::answer::{Answer, answer};
use crate::serve::call::Call;

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let names = members.texts("Names").required().count(1..=10).each_length(1..=2048).or_none();
    members.check()?;
    let mut done = DeleteParameters { deleted_parameters: Vec::new(), invalid_parameters: Vec::new() };
    let mut found = Vec::with_capacity(names.len());
    // The caller must be allowed all of them before one is deleted.
    for text in names.into_iter().collect::<BTreeSet<_>>() {
        match requested::name(text) {
            Ok(name) if lookup::changeable(call, &name)?.is_some() => found.push((text, name)),
            Err(fault) if !faults::is_of_name(&fault) => return Err(fault.into()),
            _ => done.invalid_parameters.push(text.to_owned()),
        }
    }
    for (text, name) in found {
        let is_deleted = delete(call, &name)?;
        let list = if is_deleted { &mut done.deleted_parameters } else { &mut done.invalid_parameters };
        list.push(text.to_owned());
    }
    answer(&done)
}
