//! Rotations that clients ask for: what may run, and the threads that run it.
//!
//! A client names a function that the user of this machine has registered, and gets what was registered: that program, with the secret
//! that is rotated and the registered administrator's secret. The plan is signed by the server's member for the caller's, and holds as
//! long as both may do all of it.

use std::time::Instant;

use super::faults;
use crate::engine::{ConfirmedPlan, Error, PlanError, StartedRotation, Vault};
use crate::hook::{ApprovalError, Candidate, Handover, Runner, Settings};
use crate::machine::{Function, State};
use crate::model::arn::Arn;
use crate::model::hook::{FailureKind, Step};
use crate::model::schedule::Rules;
use crate::model::secret::{RotationTerms, Secret, SecretError};
use crate::serve::ask::Ask;
use crate::serve::call::Call;
use crate::serve::fault::Fault;
use crate::serve::log::{Entry, Log};
use crate::serve::unanswered::Unanswered;

/// What a request wants to be changed about the rotation.
pub(super) struct Ordered<'b> {
    pub(super) function: Option<&'b str>,
    pub(super) rules: Option<Rules>,
}

/// Stores what was ordered, if anything differs, and makes sure that this machine runs it.
///
/// Without an ARN, a plan that was approved here stays as it is, but for the schedule: what it passes to the hook must still be what was
/// approved. Any other plan counts for no more than the ARN that it states, as if the client had named that.
pub(super) fn configure(call: &Call<'_>, secret: &Secret, ordered: Ordered<'_>) -> Result<(), Unanswered> {
    let (vault, state) = (call.vault()?, call.vault()?.state());
    if call.rotations().is_none() {
        return Err(cannot_invoke().into());
    }
    let held = vault.confirmed_plan(secret).ok();
    let approved = held.as_ref().filter(|plan| is_approved(state, plan));
    let mut terms = wanted(call, secret, ordered.function, approved)?;
    terms.rules = ordered.rules.or_else(|| held.as_ref().and_then(|plan| plan.terms().rules.clone()));
    let is_enabled = secret.rotation.as_ref().is_some_and(|rotation| rotation.enabled);
    if is_enabled && approved.is_some_and(|plan| *plan.terms() == terms) {
        return Ok(());
    }
    let kept = approved.filter(|_| ordered.function.is_none());
    match kept {
        Some(plan) => vault.check_planned_values(secret, plan)?,
        None => require_approved(state, &Candidate::of(state.root(), &terms.hook))?,
    }
    let plan = vault.configure_rotation(&secret.name, &terms, call.now).map_err(|error| match error {
        // One of both members may not do all of it.
        Error::Plan { error: PlanError::SignerMayNotWrite(_) | PlanError::SignerMayNotRead { .. }, .. } => {
            cannot_invoke()
        }
        error => faults::of(&error),
    })?;
    let handover = Handover::of(state, plan).map_err(|_| cannot_invoke())?;
    if kept.is_some_and(|before| !before.passes_same(&handover.plan)) {
        return Err(cannot_invoke().into());
    }
    // It was read again: nothing is approved here but what the user of this machine has approved.
    require_approved(state, &Ok(handover.program.clone()))?;
    Ok(handover.approve(state).map_err(Error::from)?)
}

/// What is to be rotated with what: as ordered, as approved, or as the ARN of a plan says that is not.
fn wanted(
    call: &Call<'_>,
    secret: &Secret,
    function: Option<&str>,
    approved: Option<&ConfirmedPlan>,
) -> Result<RotationTerms, Unanswered> {
    if let Some(arn) = function {
        return terms_of(call, arn);
    }
    if let Some(plan) = approved {
        return Ok(plan.terms().clone());
    }
    let rotation = secret.rotation.as_ref().ok_or_else(|| faults::refusal(&secret.name, SecretError::NoHook))?;
    let arn = rotation.terms().and_then(RotationTerms::function_arn).ok_or_else(cannot_invoke)?;
    call.allow(&invoking(call, arn))?;
    terms_of(call, arn)
}

/// What is registered under the last part of an ARN.
fn terms_of(call: &Call<'_>, arn: &str) -> Result<RotationTerms, Unanswered> {
    let name = name_of(arn).ok_or_else(|| unknown_function(call, arn))?;
    let vault = call.vault()?;
    let registered = Function::find(vault.state(), name).map_err(Error::from)?;
    let Function { hook, admin, options, .. } = registered.ok_or_else(|| unknown_function(call, arn))?;
    let mut terms = RotationTerms { hook, admin, options, rules: None };
    let own = vault.whoami()?.name;
    terms.name_function(arn, Some(&call.request.caller.member).filter(|member| **member != own));
    Ok(terms)
}

/// No function has that name, or what should name one is no ARN.
fn unknown_function(call: &Call<'_>, arn: &str) -> Fault {
    if Arn::parse(arn).is_some_and(|arn| arn.service == "lambda") {
        return cannot_invoke();
    }
    let (region, account) = (call.request.region, call.account().id);
    faults::invalid_parameter(format!(
        "Invalid rotation Lambda ARN. Ensure the ARN matches format arn:aws:lambda:{region}:{account}:function:<functionName>."
    ))
}

/// `arn:aws:lambda:REGION:ACCOUNT:function:NAME[:ALIAS]`, or a name alone.
/// Nothing else: a policy that names one function must not match the ARN of another.
fn name_of(arn: &str) -> Option<&str> {
    let resource = match Arn::parse(arn) {
        Some(arn) => Some(arn.resource).filter(|_| arn.service == "lambda")?,
        None => arn,
    };
    let named = resource.strip_prefix("function:").unwrap_or(resource);
    let (name, alias) = named.split_once(':').unwrap_or((named, ""));
    (!alias.contains(':')).then_some(name)
}

/// Whether the caller may have a function run; one that is named without an ARN has that of this account.
pub(super) fn invoking(call: &Call<'_>, function: &str) -> Ask<'static> {
    let arn = match (Arn::parse(function), name_of(function)) {
        (None, Some(name)) => call.account().arn("lambda", &format!("function:{name}")),
        _ => function.to_owned(),
    };
    Ask::new("lambda:InvokeFunction", arn)
}

/// Refuses a program that the user of this machine has not approved as it is. A strategy is vault itself.
fn require_approved(state: &State, program: &Result<Option<Candidate>, ApprovalError>) -> Result<(), Fault> {
    match program {
        Ok(program) if program.iter().all(|program| program.require_approval(state).is_ok()) => Ok(()),
        _ => Err(cannot_invoke()),
    }
}

fn is_approved(state: &State, plan: &ConfirmedPlan) -> bool {
    Handover::of(state, plan.clone()).is_ok_and(|handover| handover.require_approval(state).is_ok())
}

fn cannot_invoke() -> Fault {
    let text = "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the \
                principal secretsmanager.amazonaws.com.";
    faults::new("AccessDeniedException", text)
}

/// Runs the steps of a rotation that was begun. A failure is in the document, in the log of hooks, and a line of the server's log.
pub(super) fn carry_on(call: &Call<'_>, started: StartedRotation) -> Result<(), Fault> {
    let now = call.now;
    spawn(call, move |vault, hooks| vault.continue_rotation(started, hooks, now, &mut |_| ()).map(drop))
}

/// Tests the version that was stored for that.
pub(super) fn rehearse(call: &Call<'_>, started: StartedRotation) -> Result<(), Fault> {
    let now = call.now;
    spawn(call, move |vault, hooks| vault.rehearse_rotation(started, hooks, now))
}

/// Tries an unfinished rotation again, unless it is running. Whether that works out is not for this answer.
pub(super) fn retry(call: &Call<'_>, secret: &Secret) {
    let Ok(vault) = call.vault() else { return };
    let runs = vault.confirmed_plan(secret).is_ok_and(|plan| is_approved(vault.state(), &plan));
    if runs && let Ok(started) = vault.begin_rotation(&secret.name, None, call.now) {
        drop(carry_on(call, started));
    }
}

fn spawn(
    call: &Call<'_>,
    work: impl FnOnce(&Vault<'_>, &Runner<'_>) -> Result<(), Error> + Send + 'static,
) -> Result<(), Fault> {
    let rotations = call.rotations().ok_or_else(cannot_invoke)?;
    let (vault, clock, conclude) = (call.vault_of_its_own(), call.clock(), call.conclusion());
    let (access_key, region) = (call.request.caller.access_key.clone(), call.request.region.to_owned());
    let run = move |settings: &Settings, log: &Log| {
        let begun = Instant::now();
        let runner = Runner { state: vault.state(), now: &clock, settings: settings.clone() };
        if let Err(error) = work(&vault, &runner) {
            let (operation, code) = failure(&error);
            log(&Entry {
                time: clock().to_string(),
                request_id: "",
                operation,
                code,
                status: 500,
                microseconds: begun.elapsed().as_micros(),
                access_key: &access_key,
                region: &region,
                peer: "",
            });
        }
        conclude(vault);
    };
    rotations.begin(run).map_err(|_| faults::new("ThrottlingException", "Rate exceeded"))
}

/// The step that failed, and how, for the log.
fn failure(error: &Error) -> (&'static str, &'static str) {
    let (Error::Hook { step, failure, .. } | Error::TriedHook { step, failure, .. }) = error else {
        return ("rotation", "NotFinished");
    };
    let step = match step {
        Step::Create => "rotation.createSecret",
        Step::Set => "rotation.setSecret",
        Step::Test => "rotation.testSecret",
        Step::Finish => "rotation.finishSecret",
    };
    let code = match failure.kind {
        FailureKind::NotRun => "NotRun",
        FailureKind::Failed => "Failed",
        FailureKind::Refused => "Refused",
    };
    (step, code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_named_by_the_end_of_its_arn() {
        for arn in [
            "arn:aws:lambda:us-east-1:123456789012:function:f",
            "arn:aws:lambda:r:1:function:f:LIVE",
            "f",
            "function:f",
        ] {
            assert_eq!(name_of(arn), Some("f"), "{arn}");
        }
        for other in ["arn:aws:lambda:r:1:function:f:function:g", "arn:aws:s3:r:1:function:f", "f:function:g"] {
            assert_eq!(name_of(other), None, "{other}");
        }
    }
}
