//! `vault tick`: everything that is due, for cron, systemd and CI.

mod due;
mod report;

use clap::Args;

use self::due::Due;
use self::report::{Fired, TickReport};
use super::audit::{in_records, renew};
use super::rotate::{Batch, Failed, Jobs, Reason, StepLimit, rotate_all};
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::{CliError, CliResult};
use crate::cli::events::{TARGET_TIME, catch_up, deliver};
use crate::cli::process;
use crate::cli::replicas::copy_outdated;
use crate::cli::report::count::Count;
use crate::cli::report::list::List;
use crate::cli::report::refused;
use crate::cli::session::Session;
use crate::engine::{Error, Vault};
use crate::hook::event::Delivered;
use crate::machine::audit::{AuditLog, Logs};
use crate::machine::events::Journal;
use crate::machine::ticked;
use crate::model::name::{KeyName, ParameterName};
use crate::model::parameter::Parameter;
use crate::model::period::Period;
use crate::model::secret::Secret;
use crate::model::time::{DAY, Timestamp};
use crate::model::trust::Role;

/// Run what is due: rotations, retries, purges and expirations
#[derive(Debug, Args)]
#[command(
    long_about = "Run everything that is due: rotate secrets whose window has opened, retry unfinished rotations, \
        purge secrets whose recovery window is over, fire the policies of parameters, delete parameters that expired long \
        enough ago, renew shares that are behind and end those that have expired, raise and deliver the events of changes that came with git, and, for an admin, destroy keys whose \
        deletion is due; bring copies of secrets in other vaults up to date. If nothing is due, nothing changes. If something fails, or a document cannot be trusted, the rest \
        is still done, and the failures are \
        reported at the end.\n\n\
        It is meant for a timer: `vault rotate timer` prints or installs one.",
    after_help = "Examples:\n  vault tick\n  vault tick --dry-run"
)]
pub(crate) struct TickArgs {
    #[command(flatten)]
    jobs: Jobs,
    #[command(flatten)]
    limit: StepLimit,
}

/// How long events are kept, in seconds.
const EVENTS_KEPT: i64 = 90 * DAY;

pub(crate) fn run(args: &TickArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    catch_up(&vault, context);
    let now = context.now;
    let mut due = Due::of(&vault, now)?;
    if !due.is_nothing() {
        // Without an identity each of them would fail for the same reason. Most deliveries need none.
        let member = vault.whoami();
        if member.is_err() {
            deliver_events(&vault, context);
        }
        due.limit_to(&member?, &vault);
    }
    let mut failures = Vec::new();
    let purged = each(&due.purges.found, &mut failures, |name| vault.purge::<Secret>(name, now));
    let fired = fire(&vault, &due.policies.found, &mut failures, now);
    let expired = each(&due.expired.found, &mut failures, |name| vault.purge::<Parameter>(name, now));
    let shares = each(&due.shares, &mut failures, |due| vault.renew_share(due.share.id, now));
    let keys = keys_due(&vault, context)?;
    let destroyed = each(&keys, &mut failures, |name| vault.destroy_key(name, now).map(|()| true));
    let (timeout, jobs) = (args.limit.duration(), args.jobs.count());
    let batch = Batch { names: &due.rotations.found, token: None, reason: Reason::Due, timeout, jobs };
    let (mut rotations, failure) = rotate_all(&batch, &vault, context)?;
    drop_old_records(&vault, context);
    let copied = copy_outdated(&vault, context).into_iter().filter(|it| it.is_written);
    let copied = copied.map(|it| it.name.to_string()).collect();
    finish(vault, context);
    rotations.failed.splice(0..0, failures.iter().map(|(name, error)| Failed::new(name.clone(), error)));
    let refused =
        refused::joined([due.purges.refused, due.policies.refused, due.expired.refused, due.rotations.refused]);
    let views = refused::views(&refused);
    let report = TickReport { rotations, purged, fired, expired, shares, destroyed, copied, refused: views };
    let summary = report.summary(context.global.dry_run);
    context.ui.report(&report)?;
    if let Some(summary) = summary {
        context.ui.note(summary);
    }
    refused::outcome(refused)?;
    let first = failures.into_iter().map(|(_, error)| error).chain(failure).next();
    first.map_or(Ok(()), |error| Err(CliError::Reported(error.exit())))
}

/// What is left to do once everything due was tried.
fn finish(vault: Session, context: &mut Context) {
    deliver_events(&vault, context);
    if let Err(error) = renew(&vault, context) {
        context.ui.warning(format!("the log of uses was not anchored: {}", error.with_hints()));
    }
    if !context.global.dry_run {
        ticked::remember(vault.state(), context.now);
    }
    vault.finish(context);
}

/// Fires the policies of each parameter; a failure of one does not keep the others.
fn fire(
    vault: &Vault<'_>,
    names: &[ParameterName],
    failures: &mut Vec<(String, CliError)>,
    now: Timestamp,
) -> Vec<Fired> {
    let mut fired = Vec::new();
    for name in names {
        match vault.fire(name, now) {
            Ok(policies) => fired.extend(policies.iter().map(|policy| Fired::new(name, policy))),
            Err(error) => failures.push((name.to_string(), error.into())),
        }
    }
    fired
}

/// Delivers the events that are due, and drops old ones. A failure is no failure of what else is due.
fn deliver_events(vault: &Vault<'_>, context: &mut Context) {
    if context.global.dry_run {
        return;
    }
    process::look_up_without_modules();
    let delivered = deliver(vault, TARGET_TIME).and_then(|delivered| {
        let oldest = Timestamp::from_unix(context.now.unix() - EVENTS_KEPT).to_string();
        Journal::of(vault.state()).drop_before(&oldest).map_err(Error::from)?;
        Ok(delivered)
    });
    match delivered {
        Ok(Delivered { failed: 0, dead: 0, .. }) => {}
        Ok(Delivered { failed, dead, .. }) => context.ui.warning(format!(
            "{} of events failed; `vault events dead` shows those that were given up",
            Count::of_irregular(failed + dead, "delivery", "deliveries")
        )),
        Err(error) => context.ui.warning(format!("events were not delivered: {error}")),
    }
}

/// The keys whose deletion is due, if this member may complete it.
fn keys_due(vault: &Vault<'_>, context: &mut Context) -> CliResult<Vec<KeyName>> {
    let due = vault.keys_due(context.now);
    if due.is_empty() || vault.whoami()?.role == Role::Admin {
        return Ok(due);
    }
    let names = List::and(due.iter().map(KeyName::as_str));
    context.ui.note(format!("the window of {names} is over: an admin's `vault tick` destroys it"));
    Ok(Vec::new())
}

/// Drops the records of uses on this machine that the settings of the vault do not keep. One that cannot be dropped is no failure.
fn drop_old_records(vault: &Vault<'_>, context: &mut Context) {
    let Ok(kept) = vault.trust().settings.audit_retention.parse::<Period>() else { return };
    if context.global.dry_run {
        return;
    }
    let oldest = in_records(kept.before(context.now));
    let log = AuditLog::at(Logs::of(vault.state()).own(), vault.id().to_string());
    if let Err(error) = log.drop_before(&oldest, &env::exact_time()) {
        context.ui.warning(format!("old records of uses were not dropped: {error}"));
    }
}

/// Does one thing to each name; a failure of one does not keep the others. Returns those that it was done to: something
/// changed in the meantime may no longer be due.
fn each<N: ToString>(
    names: &[N],
    failures: &mut Vec<(String, CliError)>,
    act: impl Fn(&N) -> Result<bool, Error>,
) -> Vec<String> {
    let mut done = Vec::new();
    for name in names {
        match act(name) {
            Ok(true) => done.push(name.to_string()),
            Ok(false) => {}
            Err(error) => failures.push((name.to_string(), error.into())),
        }
    }
    done
}
