//! Finding a parameter for a caller: asked first whether it may, then looked up (integrations §9).

use std::sync::Arc;

use crate::model::name::ParameterName;
use crate::model::parameter::Parameter;
use crate::model::trust::Kind;
use crate::serve::ask::Ask;
use crate::serve::call::Call;
use crate::serve::kept::Kept;
use crate::serve::unanswered::Unanswered;

/// What was found of a name: nothing, or a parameter that has not expired.
pub(super) type Found = Option<Arc<Kept<Parameter>>>;

/// The parameter of a name, if the caller may do to it what is called. `more` completes the question.
pub(super) fn allowed(
    call: &Call<'_>,
    name: &ParameterName,
    more: impl for<'a> FnOnce(Ask<'a>, Option<&Kept<Parameter>>, &'a str) -> Ask<'a>,
) -> Result<Found, Unanswered> {
    // The tags of a parameter are conditions, so it is read before; what is wrong with it is said only to those who may know.
    let found = match call.parameter(name) {
        Err(Unanswered::NotInMemory) => return Err(Unanswered::NotInMemory),
        found => found,
    };
    let parameter = found.as_ref().ok().and_then(Option::as_deref);
    let action = call.action();
    let mut ask = Ask::new(&action, call.account().parameter(name));
    for (key, value) in parameter.iter().flat_map(|parameter| &parameter.tags) {
        ask = ask.with(format!("aws:ResourceTag/{key}"), value).with(format!("ssm:resourceTag/{key}"), value);
    }
    call.allow(&more(ask, parameter, name.as_str()))?;
    found
}

/// The same for a change.
pub(super) fn changeable(call: &Call<'_>, name: &ParameterName) -> Result<Found, Unanswered> {
    allowed(call, name, |ask, _, name| ask.writes(Kind::Parameter, name))
}
