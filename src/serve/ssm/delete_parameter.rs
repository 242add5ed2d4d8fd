//! `DeleteParameter` (parameter-store §11).

use super::{faults, lookup, requested};
use crate::model::name::ParameterName;
use crate::model::parameter::Parameter;
use crate::serve::answer::{Answer, nothing};
use crate::serve::call::Call;
use crate::serve::unanswered::Unanswered;

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let name = members.text("Name").required().length(1..=2048).or_empty();
    members.check()?;
    let name = requested::name(name)?;
    let found = lookup::changeable(call, &name)?;
    if found.is_some() && delete(call, &name)? { nothing() } else { Err(faults::not_found().into()) }
}

/// Deletes a parameter. Returns whether there was one: somebody else may have been faster.
pub(super) fn delete(call: &Call<'_>, name: &ParameterName) -> Result<bool, Unanswered> {
    let deleted = call.vault()?.delete::<Parameter>(name, call.now);
    match deleted.map_err(|error| faults::of(&error, name.as_str())) {
        Ok(()) => Ok(true),
        Err(fault) if faults::is_not_found(&fault) => Ok(false),
        Err(fault) => Err(fault.into()),
    }
}
