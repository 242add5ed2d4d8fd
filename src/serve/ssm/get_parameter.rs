//! `GetParameter` (parameter-store §10).

use serde::Serialize;

use super::read::Read;
use crate::aws::parameter::Parameter;
use crate::serve::answer::{Answer, Seconds, answer_with};
use crate::serve::call::Call;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetParameter {
    parameter: Parameter<Seconds>,
}

pub(super) fn run(call: &Call<'_>) -> Answer {
    let members = call.members();
    let name = members.text("Name").required().length(1..=2048).or_empty();
    let decrypts = members.flag("WithDecryption").unwrap_or_default();
    members.check()?;
    let parameter = Read::of(call, name, decrypts)?.open(call, decrypts)?;
    let size = parameter.size();
    answer_with(&GetParameter { parameter }, size)
}
