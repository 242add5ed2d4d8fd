//! A program that gets the event on its standard input.

use std::time::Instant;

use zeroize::Zeroizing;

use super::approval::{RuleApproval, hook};
use super::job::Job;
use crate::hook::Settings;
use crate::hook::log::{self, Entry};
use crate::hook::process::{self, Flood};
use crate::hook::program::Stage;
use crate::hook::runner::{failure, quoted};
use crate::machine::State;

/// How much of the end of a program's standard error is read, in bytes.
const STDERR_LIMIT: usize = 64 << 10;

/// Runs the approved program of a target to its end.
pub(super) fn run(state: &State, job: &Job<'_>, approval: &RuleApproval, settings: &Settings) -> Result<(), String> {
    let (Some(hook), Some(program)) = (hook(job.target), approval.program(job.delivery.target)) else {
        return Err("the rule names no program".to_owned());
    };
    let message = Zeroizing::new(serde_json::to_vec(&job.delivery.event).unwrap_or_default());
    let variables = [
        ("VLT_EVENT", format!("{}:{}", job.delivery.event.id, job.delivery.depth + 1)),
        ("VLT_EVENT_RULE", job.delivery.rule.clone()),
    ];
    let stage = Stage { state, settings };
    let prepared = stage.prepare_event(&hook, &program.content, &job.target.arguments, (message, &variables));
    let mut prepared = prepared.map_err(|error| error.to_string())?;
    let begun = Instant::now();
    let outcome = process::run(&mut prepared, STDERR_LIMIT, settings.limits, Flood::Continues, &settings.interrupt)
        .map_err(|cause| format!("cannot be started: {cause}"))?;
    let stderr = String::from_utf8_lossy(&outcome.stderr.0).into_owned();
    let result = failure(outcome.ending, &stderr, settings.limits.time);
    let entry = Entry {
        time: job.now.to_string(),
        secret: format!("event:{}", job.delivery.rule),
        token: job.delivery.event.id.clone(),
        attempt: u64::from(job.delivery.tries) + 1,
        hook: hook.to_string(),
        step: "event".to_owned(),
        verdict: result.clone().unwrap_or_else(|| "ok".to_owned()),
        duration_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        stderr: log::tail(&stderr, log::WORDS_LIMIT).to_owned(),
    };
    // What the program did is done, whether it can be logged or not.
    let _ = log::append(state, &entry);
    result.map_or(Ok(()), |reason| Err(quoted(&reason, STDERR_LIMIT)))
}
