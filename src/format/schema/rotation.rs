//! How a secret's document states its rotation.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::field::{optional, parsed, positive};
use super::plan::read_plan;
use super::terms::{emit_rules, options, rules};
use crate::format::emit::Emitter;
use crate::format::error::FormatError;
use crate::model::format::Format;
use crate::model::secret::{Rotation, RotationTerms, Run, SignedPlan, StatedPlan};
use crate::model::time::Timestamp;

/// The option of format 1 that names the administrator's secret.
const ADMIN: &str = "admin";
/// The maximum length of an error, in bytes; the writer shortens it to far less.
const ERROR_LIMIT: usize = 1024;

pub(super) fn emit_rotation(out: &mut Emitter, format: Format, rotation: &Rotation) {
    if format >= Format::V2 {
        out.literal("plan", rotation.plan.signed().map_or("", SignedPlan::text));
        out.flag("enabled", rotation.enabled);
    } else {
        out.flag("enabled", rotation.enabled);
        emit_terms(out, rotation.terms());
    }
    out.shown("since", rotation.since);
    out.optional("last_rotated", rotation.last_rotated);
    match &rotation.run {
        Some(run) => out.block("run", |out| emit_run(out, run)),
        None => out.map("run", &BTreeMap::new()),
    }
}

/// What a document of format 1 configures. It has the administrator's secret among the options.
fn emit_terms(out: &mut Emitter, terms: Option<&RotationTerms>) {
    let Some(terms) = terms else { return };
    let mut options = terms.options.clone();
    options.extend(terms.admin.iter().map(|admin| (ADMIN.to_owned(), admin.to_string())));
    out.shown("hook", &terms.hook);
    out.map("options", &options);
    emit_rules(out, terms.rules.as_ref());
}

fn emit_run(out: &mut Emitter, run: &Run) {
    out.text("token", run.token.as_str());
    out.number("attempt", run.attempt);
    out.shown("step", run.step);
    out.shown("tried", run.tried);
    out.text("error", &run.error);
}

/// An empty map while no rotation was configured. Format 1 has the terms here, format 2 in a plan.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RotationFields {
    plan: Option<String>,
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
    pub(super) fn into_rotation(mut self, format: Format, vault: &str) -> Result<Option<Rotation>, FormatError> {
        let missing = || FormatError::field("rotation");
        let Some(enabled) = self.enabled else {
            return if self.plan.is_none() && self.hook.is_none() { Ok(None) } else { Err(missing()) };
        };
        let plan = match (self.plan.take(), format) {
            (Some(text), Format::V2) if text.is_empty() => StatedPlan::Missing,
            (Some(text), Format::V2) => StatedPlan::Signed(Box::new(read_plan(text, vault)?)),
            (None, Format::V1) => StatedPlan::Unsigned(self.terms()?),
            _ => return Err(missing()),
        };
        Ok(Some(Rotation {
            plan,
            enabled,
            since: parsed(&self.since.ok_or_else(missing)?, "since")?,
            last_rotated: optional(&self.last_rotated.ok_or_else(missing)?, "last_rotated")?,
            run: self.run.ok_or_else(missing)?.into_run()?,
        }))
    }

    /// What a document of format 1 configures.
    fn terms(&mut self) -> Result<RotationTerms, FormatError> {
        let missing = || FormatError::field("rotation");
        let mut options = options(self.options.take().ok_or_else(missing)?)?;
        let admin = options.get(ADMIN).and_then(|name| name.parse().ok());
        if admin.is_some() {
            options.remove(ADMIN);
        }
        let (schedule, window) = (self.schedule.take().ok_or_else(missing)?, self.window.take().ok_or_else(missing)?);
        let hook = parsed(&self.hook.take().ok_or_else(missing)?, "hook")?;
        Ok(RotationTerms { hook, admin, options, rules: rules(&schedule, &window)? })
    }
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
