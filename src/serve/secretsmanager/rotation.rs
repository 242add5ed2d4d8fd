//! Rotations that clients ask for: what may run, and the threads that run it.
//!
//! A client names a function that the user of this machine has registered, and gets what was registered: that program, with the secret
//! that is rotated and the registered administrator's secret. The plan is signed by the server's member for the caller's, and holds as
//! long as both may do all of it.

use std::thread;

use crate::engine::{ConfirmedPlan, StartedRotation, Vault};
use crate::hook::{Candidate, Handover, Runner, Settings};
use crate::machine::{Function, State};
use crate::model::arn::Arn;
use crate::model::schedule::Rules;
use crate::model::secret::{Rotation, RotationTerms, Secret, SecretError};
use crate::serve::call::Call;
use crate::serve::fault::Fault;

/// What a request wants to be changed about the rotation.
pub(super) struct Ordered<'b> {
    /// The ARN of the function.
    pub(super) function: Option<&'b str>,
    pub(super) rules: Option<Rules>,
}

/// Stores what was ordered, if anything differs, and makes sure that this machine runs it.
pub(super) fn configure(call: &Call<'_>, secret: &Secret, ordered: Ordered<'_>) -> Result<(), Fault> {
    let vault = call.vault()?;
    let state = vault.state();
    let rotation = secret.rotation.as_ref();
    let before = rotation.and_then(Rotation::terms);
    let mut terms = match ordered.function {
        Some(arn) => terms_of(call, state, arn, before)?,
        None => before.cloned().ok_or_else(|| call.refusal(&secret.name, SecretError::NoHook))?,
    };
    terms.rules = ordered.rules.or(terms.rules);
    let was_approved = vault.confirmed_plan(secret).ok().filter(|plan| is_approved(state, plan));
    require_runnable(call, state, &terms, was_approved.as_ref())?;
    let is_new = rotation.is_none_or(|rotation| !rotation.enabled) || before != Some(&terms) || was_approved.is_none();
    if !is_new {
        return Ok(());
    }
    let plan = vault.configure_rotation(&secret.name, &terms, call.now).map_err(|error| call.fault(&error))?;
    let handover = Handover::of(state, plan).map_err(|_| cannot_invoke(call))?;
    handover.approve(state).map_err(|error| call.fault(&error.into()))
}

/// What is registered under the last part of an ARN.
fn terms_of(call: &Call<'_>, state: &State, arn: &str, before: Option<&RotationTerms>) -> Result<RotationTerms, Fault> {
    let registered = Function::find(state, name_of(arn)).map_err(|error| call.fault(&error.into()))?;
    let Function { hook, admin, options, .. } = registered.ok_or_else(|| cannot_invoke(call))?;
    let rules = before.and_then(|before| before.rules.clone());
    let mut terms = RotationTerms { hook, admin, options, rules };
    let own = call.vault()?.whoami().map_err(|error| call.fault(&error))?.name;
    terms.name_function(arn, Some(&call.caller.member).filter(|member| **member != own));
    Ok(terms)
}

/// `arn:aws:lambda:REGION:ACCOUNT:function:NAME[:ALIAS]`, or a name alone.
fn name_of(arn: &str) -> &str {
    let resource = Arn::parse(arn).map_or(arn, |arn| arn.resource);
    let name = resource.strip_prefix("function:").unwrap_or(resource);
    name.split(':').next().unwrap_or(name)
}

/// Only what this machine approved runs: the same plan before, or a function that was registered with an approved program.
fn require_runnable(
    call: &Call<'_>,
    state: &State,
    terms: &RotationTerms,
    approved: Option<&ConfirmedPlan>,
) -> Result<(), Fault> {
    let timeless = |terms: &RotationTerms| RotationTerms { rules: None, ..terms.clone() };
    if approved.is_some_and(|plan| timeless(plan.terms()) == timeless(terms)) {
        return Ok(());
    }
    let name = terms.function_arn().map(name_of).ok_or_else(|| cannot_invoke(call))?;
    let function = Function::find(state, name).map_err(|error| call.fault(&error.into()))?;
    let program = Candidate::of(state.root(), &terms.hook);
    let is_approved =
        program.is_ok_and(|program| program.is_none_or(|program| program.require_approval(state).is_ok()));
    let is_covered = function.is_some_and(|function| function.covers(terms));
    if is_covered && is_approved && call.rotations().is_some() { Ok(()) } else { Err(cannot_invoke(call)) }
}

fn is_approved(state: &State, plan: &ConfirmedPlan) -> bool {
    Handover::of(state, plan.clone()).is_ok_and(|handover| handover.require_approval(state).is_ok())
}

fn cannot_invoke(call: &Call<'_>) -> Fault {
    let text = "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the \
                principal secretsmanager.amazonaws.com.";
    Fault::new(call.service(), "AccessDeniedException", text)
}

/// Runs the steps of a rotation that was begun.
pub(super) fn carry_on(call: &Call<'_>, started: StartedRotation) -> Result<(), Fault> {
    let now = call.now;
    spawn(call, move |vault, hooks| {
        // A failure is in the document and in the log of hooks.
        drop(vault.continue_rotation(started, hooks, now, &mut |_| ()));
    })
}

/// Tests the version that was stored for that.
pub(super) fn rehearse(call: &Call<'_>, started: StartedRotation) -> Result<(), Fault> {
    let now = call.now;
    spawn(call, move |vault, hooks| drop(vault.rehearse_rotation(started, hooks, now)))
}

/// Tries an unfinished rotation again, unless it is running. Whether that works out is not for this answer.
pub(super) fn retry(call: &Call<'_>, secret: &Secret) {
    let Ok(vault) = call.vault() else { return };
    let runs = vault.confirmed_plan(secret).is_ok_and(|plan| is_approved(vault.state(), &plan));
    if runs && let Ok(started) = vault.begin_rotation(&secret.name, None, call.now) {
        drop(carry_on(call, started));
    }
}

fn spawn(call: &Call<'_>, work: impl FnOnce(&Vault<'_>, &Runner<'_>) + Send + 'static) -> Result<(), Fault> {
    let settings: Settings = call.rotations().cloned().ok_or_else(|| cannot_invoke(call))?;
    let (vault, clock, conclude) = (call.vault_of_its_own(), call.clock(), call.conclusion());
    let run = move || {
        let runner = Runner { state: vault.state(), now: &clock, settings };
        work(&vault, &runner);
        drop(runner);
        conclude(vault);
    };
    let started = thread::Builder::new().name("rotation".into()).spawn(run);
    started.map(drop).map_err(|_| Fault::new(call.service(), "ThrottlingException", "Rate exceeded"))
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
            assert_eq!(name_of(arn), "f", "{arn}");
        }
    }
}
