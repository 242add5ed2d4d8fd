//! What is configured for a rotation, in whichever form.

use std::collections::BTreeMap;

use super::field::optional;
use crate::format::emit::Emitter;
use crate::format::error::FormatError;
use crate::model::schedule::Rules;

/// Most options that a hook can have.
const OPTIONS_LIMIT: usize = 50;

pub(super) fn emit_rules(out: &mut Emitter, rules: Option<&Rules>) {
    out.optional("schedule", rules.map(Rules::schedule));
    out.optional("window", rules.and_then(Rules::window));
}

pub(super) fn options(options: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, FormatError> {
    if options.len() > OPTIONS_LIMIT { Err(FormatError::field("options")) } else { Ok(options) }
}

pub(in crate::format) fn rules(schedule: &str, window: &str) -> Result<Option<Rules>, FormatError> {
    let window = optional(window, "window")?;
    let Some(schedule) = optional(schedule, "schedule")? else {
        return if window.is_none() { Ok(None) } else { Err(FormatError::field("window")) };
    };
    Rules::new(schedule, window).map(Some).map_err(|_| FormatError::field("window"))
}
