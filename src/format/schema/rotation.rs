//! How a secret's document states its rotation.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::field::{optional, parsed, positive};
use crate::format::emit::Emitter;
use crate::format::error::FormatError;
use crate::model::schedule::Rules;
use crate::model::secret::{Rotation, Run};
use crate::model::time::Timestamp;

/// Most options that a hook can have.
const OPTIONS_LIMIT: usize = 50;
/// The maximum length of an error, in bytes; the writer shortens it to far less.
const ERROR_LIMIT: usize = 1024;

pub(super) fn emit_rotation(out: &mut Emitter, rotation: &Rotation) {
    out.flag("enabled", rotation.enabled);
    out.shown("hook", &rotation.hook);
    out.map("options", &rotation.options);
    let rules = rotation.rules.as_ref();
    out.text("schedule", &rules.map(|rules| rules.schedule().to_string()).unwrap_or_default());
    let window = rules.and_then(Rules::window);
    out.text("window", &window.map(|window| window.to_string()).unwrap_or_default());
    out.shown("since", rotation.since);
    out.text("last_rotated", &rotation.last_rotated.map(|instant| instant.to_string()).unwrap_or_default());
    match &rotation.run {
        Some(run) => out.block("run", |out| emit_run(out, run)),
        None => out.map("run", &BTreeMap::new()),
    }
}

fn emit_run(out: &mut Emitter, run: &Run) {
    out.text("token", run.token.as_str());
    out.number("attempt", run.attempt);
    out.shown("step", run.step);
    out.shown("tried", run.tried);
    out.text("error", &run.error);
}

/// An empty map while no rotation was configured.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RotationFields {
    enabled: Option<bool>,
    hook: Option<String>,
    options: Option<BTreeMap<String, String>>,
    schedule: Option<String>,
    window: Option<String>,
    since: Option<String>,
    last_rotated: Option<String>,
    run: Option<RunFields>,
}

/// An empty map while no rotation is unfinished.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RunFields {
    token: Option<String>,
    attempt: Option<u64>,
    step: Option<String>,
    tried: Option<String>,
    error: Option<String>,
}

impl RotationFields {
    pub(super) fn into_rotation(self) -> Result<Option<Rotation>, FormatError> {
        let missing = || FormatError::field("rotation");
        let Some(hook) = self.hook else {
            return if self.enabled.is_none() { Ok(None) } else { Err(missing()) };
        };
        let options = self.options.ok_or_else(missing)?;
        if options.len() > OPTIONS_LIMIT {
            return Err(FormatError::field("options"));
        }
        Ok(Some(Rotation {
            enabled: self.enabled.ok_or_else(missing)?,
            hook: parsed(&hook, "hook")?,
            options,
            rules: rules(&self.schedule.ok_or_else(missing)?, &self.window.ok_or_else(missing)?)?,
            since: parsed(&self.since.ok_or_else(missing)?, "since")?,
            last_rotated: optional(&self.last_rotated.ok_or_else(missing)?, "last_rotated")?,
            run: self.run.ok_or_else(missing)?.into_run()?,
        }))
    }
}

pub(in crate::format) fn rules(schedule: &str, window: &str) -> Result<Option<Rules>, FormatError> {
    let window = optional(window, "window")?;
    let Some(schedule) = optional(schedule, "schedule")? else {
        return if window.is_none() { Ok(None) } else { Err(FormatError::field("window")) };
    };
    Rules::new(schedule, window).map(Some).map_err(|_| FormatError::field("window"))
}

impl RunFields {
    fn into_run(self) -> Result<Option<Run>, FormatError> {
        let missing = || FormatError::field("run");
        let Some(token) = self.token else {
            return if self.attempt.is_none() { Ok(None) } else { Err(missing()) };
        };
        let error = self.error.ok_or_else(missing)?;
        if error.len() > ERROR_LIMIT {
            return Err(FormatError::field("error"));
        }
        let tried: Timestamp = parsed(&self.tried.ok_or_else(missing)?, "tried")?;
        Ok(Some(Run {
            token: parsed(&token, "token")?,
            attempt: positive(self.attempt.ok_or_else(missing)?, "attempt")?,
            step: parsed(&self.step.ok_or_else(missing)?, "step")?,
            tried,
            error,
        }))
    }
}
