//! One step of a rotation, from the name of a hook to its answer and an entry in the log.

use std::time::{Duration, Instant};

use super::log::{self, Entry};
use super::message::{self, MessageError};
use super::process::{self, Ending, Flood, Outcome};
use super::program::{ProgramError, Stage};
use super::settings::Settings;
use crate::engine::{ConfirmedPlan, Hooks};
use crate::machine::State;
use crate::model::hook::{FailureKind, HookCall, HookFailure, HookName, Produced, Step};
use crate::model::masker::{Masker, TooMuch};
use crate::model::secret::open_texts;
use crate::model::time::Timestamp;
use crate::model::value::SecretValue;

/// The exit code of a `set` whose service refuses the value by its rules (docs/hooks.md): `EX_DATAERR`.
pub(crate) const REFUSED: u8 = 65;

/// How much of the end of a hook's standard error is read, in bytes.
const STDERR_LIMIT: usize = 64 << 10;
/// The longest quote of a hook's output in a reason, in characters.
const QUOTE_LIMIT: usize = 200;

/// Runs hooks as child processes. A rotation function of AWS gives no value itself: it puts it through the endpoint.
pub struct Runner<'a> {
    /// The vault, and what this machine remembers about it: approvals and the log.
    pub state: &'a State,
    /// The clock, for the log.
    pub now: &'a (dyn Fn() -> Timestamp + Sync),
    /// How hooks run.
    pub settings: Settings,
}

/// A step that was tried.
struct Tried {
    result: Result<Option<Produced>, HookFailure>,
    /// Masked.
    stderr: String,
}

impl Hooks for Runner<'_> {
    fn call(&self, plan: &ConfirmedPlan, call: &HookCall) -> Result<Option<Produced>, HookFailure> {
        self.run(plan.hook(), call, Some(plan))
    }
}

impl Runner<'_> {
    /// Runs one step of a hook with values that are not the vault's.
    pub fn try_out(&self, hook: &HookName, call: &HookCall) -> Result<Option<Produced>, HookFailure> {
        self.run(hook, call, None)
    }

    fn run(
        &self,
        hook: &HookName,
        call: &HookCall,
        plan: Option<&ConfirmedPlan>,
    ) -> Result<Option<Produced>, HookFailure> {
        let begun = Instant::now();
        let tried = self.attempt(hook, call, plan);
        self.record(hook, call, &tried, begun.elapsed());
        tried.result
    }

    fn attempt(&self, hook: &HookName, call: &HookCall, plan: Option<&ConfirmedPlan>) -> Tried {
        let settings = &self.settings;
        if let Some(signal) = settings.interrupt.signal() {
            return Tried::not_run(&format!("interrupted by signal {signal}"));
        }
        let stage = Stage { state: self.state, settings };
        let prepared = match plan {
            Some(plan) => stage.prepare(plan, call),
            None => stage.prepare_trial(hook, call),
        };
        let mut prepared = match prepared {
            Ok(prepared) => prepared,
            Err(error) => return Tried::not_run(&error.to_string()),
        };
        let mask = match masker(call, &[]) {
            Ok(mask) => mask,
            Err(error) => return Tried::not_run(&error.to_string()),
        };
        let limit = STDERR_LIMIT + mask.longest();
        let flood = if answers(hook, call.step) { Flood::Ends } else { Flood::Continues };
        match process::run(&mut prepared, limit, settings.limits, flood, &settings.interrupt) {
            Ok(outcome) => {
                let put = if outcome.stderr.0.is_empty() { None } else { self.put(hook, call, plan) };
                judge(hook, call, outcome, put.as_ref(), mask, settings.limits.time)
            }
            Err(cause) => Tried::not_run(&ProgramError::Start { hook: hook.to_string(), cause }.to_string()),
        }
    }

    /// The value that a function has stored itself in `create`: it may have said it too.
    fn put(&self, hook: &HookName, call: &HookCall, plan: Option<&ConfirmedPlan>) -> Option<SecretValue> {
        let puts = call.step == Step::Create && matches!(hook, HookName::Lambda(_));
        let (endpoints, plan) = self.settings.endpoints.as_ref().zip(plan).filter(|_| puts)?;
        endpoints.pending(plan).map(|pending| pending.value)
    }

    /// Failing to write the log does not undo what the hook did, so it is not a failure.
    fn record(&self, hook: &HookName, call: &HookCall, tried: &Tried, took: Duration) {
        let verdict = tried.result.as_ref().map_or_else(|failure| failure.reason.clone(), |_| "ok".into());
        let entry = Entry {
            time: (self.now)().to_string(),
            secret: call.secret.to_string(),
            token: call.token.clone(),
            attempt: call.attempt,
            hook: hook.to_string(),
            step: call.step.to_string(),
            verdict,
            duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            stderr: log::tail(&tried.stderr, log::WORDS_LIMIT).to_owned(),
        };
        let _ = log::append(self.state, &entry);
    }
}

impl Tried {
    fn not_run(reason: &str) -> Tried {
        let failure = HookFailure { reason: quoted(reason, usize::MAX), kind: FailureKind::NotRun };
        Tried { result: Err(failure), stderr: String::new() }
    }
}

/// The result of a step. The new value is masked too in the hook's output.
fn judge(
    hook: &HookName,
    call: &HookCall,
    outcome: Outcome,
    put: Option<&SecretValue>,
    mut mask: Masker,
    limit: Duration,
) -> Tried {
    let read = || message::read_answer(&outcome.stdout.0).map_err(|error| answer_error(error, outcome.stdout.1));
    let answer = answers(hook, call.step).then(read);
    let new: Vec<_> = answer.iter().flatten().map(|produced| &produced.value).chain(put).collect();
    if !new.is_empty() {
        match masker(call, &new) {
            Ok(wider) => mask = wider,
            Err(error) => return Tried::not_run(&error.to_string()),
        }
    }
    let (said, cut) = outcome.stderr;
    // A value that was cut in half at the beginning ends before this.
    let start = if cut { said.len().saturating_sub(STDERR_LIMIT).max(mask.longest()) } else { 0 };
    let stderr = String::from_utf8_lossy(&mask.masked(&said, start)).into_owned();
    let kind = match (outcome.ending, call.step) {
        (Ending::Exit(code), Step::Set) if code == i32::from(REFUSED) => FailureKind::Refused,
        _ => FailureKind::Failed,
    };
    let result = match failure(outcome.ending, &stderr, limit) {
        Some(reason) => Err(reason),
        None => answer.transpose(),
    };
    Tried { result: result.map_err(|reason| HookFailure { reason, kind }), stderr }
}

/// Whether the output of a step is an answer. A rotation function of AWS puts its value itself.
fn answers(hook: &HookName, step: Step) -> bool {
    step == Step::Create && !matches!(hook, HookName::Lambda(_))
}

/// What is removed from the words of a hook: all that is secret in the values, and not who logs in where.
fn masker(call: &HookCall, new: &[&SecretValue]) -> Result<Masker, TooMuch> {
    let values = || call.values().chain(new.iter().copied());
    Masker::sparing(values(), &open_texts(values()))
}

fn answer_error(error: MessageError, cut: bool) -> String {
    if cut { MessageError::TooLong.to_string() } else { error.to_string() }
}

/// Why a run that ended this way did not succeed, in one line.
pub(super) fn failure(ending: Ending, stderr: &str, limit: Duration) -> Option<String> {
    let said = stderr.lines().map(str::trim).rfind(|line| !line.is_empty()).map(|line| quoted(line, QUOTE_LIMIT));
    let with_words = |reason: String| match said {
        Some(said) => format!("{reason}: {said}"),
        None => reason,
    };
    match ending {
        Ending::Exit(0) => None,
        Ending::Exit(code) => Some(with_words(format!("exit {code}"))),
        Ending::Signal(signal) => Some(with_words(format!("killed by signal {signal}"))),
        Ending::TimedOut if limit.subsec_millis() == 0 => Some(format!("no answer within {} s", limit.as_secs())),
        Ending::TimedOut => Some(format!("no answer within {} ms", limit.as_millis())),
        Ending::Flooded => Some(MessageError::TooLong.to_string()),
        Ending::Interrupted(signal) => Some(format!("interrupted by signal {signal}")),
        Ending::Unknown => Some("the exit status is unknown".into()),
    }
}

/// Foreign text as part of one line: control characters escaped, shortened to `limit` characters.
pub(super) fn quoted(text: &str, limit: usize) -> String {
    let spelled = text.chars().flat_map(|c| {
        let (plain, escaped) = if c.is_control() { (None, Some(c.escape_default())) } else { (Some(c), None) };
        plain.into_iter().chain(escaped.into_iter().flatten())
    });
    spelled.take(limit).collect()
}

#[cfg(test)]
mod tests;
