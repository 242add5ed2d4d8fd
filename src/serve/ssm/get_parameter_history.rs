//! `GetParameterHistory` (parameter-store §10).

use serde::Serialize;

use super::requested::Requested;
use super::{faults, listing, lookup, shown};
use crate::aws::parameter_history::ParameterHistory;
use crate::model::trust::Kind;
use crate::serve::answer::{Answer, Seconds, answer};
use crate::serve::call::Call;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetParameterHistory {
    parameters: Vec<ParameterHistory<Seconds>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let name = members.text("Name").required().length(1..=2048).or_empty();
    let decrypts = members.flag("WithDecryption").unwrap_or_default();
    let size = listing::size(&members, 50);
    members.check()?;
    let requested = Requested::whole(name)?;
    let found = lookup::allowed(call, &requested.name, |ask, parameter, name| {
        let is_sealed = parameter.is_some_and(|parameter| parameter.versions.iter().any(|it| it.key().is_some()));
        if decrypts && is_sealed { ask.reads(Kind::Parameter, name) } else { ask }
    })?;
    let parameter = found.ok_or_else(faults::not_found)?;
    let after = call.page_after()?.and_then(|number| number.parse::<u64>().ok()).unwrap_or(0);
    let mut rest = parameter.versions.iter().filter(|version| version.number > after).peekable();
    let mut parameters = Vec::new();
    let mut last = 0;
    for version in rest.by_ref().take(size) {
        let name = requested.spelled(&parameter);
        parameters.push(shown::historic(call, &parameter, version, name, decrypts)?);
        last = version.number;
    }
    let next_token = rest.peek().map(|_| call.next_token(&last.to_string()));
    answer(&GetParameterHistory { parameters, next_token })
}
