//! `vault tick`: everything that is due, for cron, systemd and CI.

use std::fmt::{self, Display, Formatter};

use clap::Args;
use serde::Serialize;

use super::audit::{in_records, renew};
use super::rotate::{Batch, Counts, Failed, Jobs, Reason, RotationReport, StepLimit, rotate_all};
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::{CliError, CliResult};
use crate::cli::events::{TARGET_TIME, catch_up, deliver};
use crate::cli::process;
use crate::cli::replicas::copy_outdated;
use crate::cli::report::count::Count;
use crate::cli::report::list::List;
use crate::cli::report::refused;
use crate::cli::report::refused::RefusedView;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::engine::{Error, ShareState, Vault};
use crate::hook::event::Delivered;
use crate::machine::audit::{AuditLog, Logs};
use crate::machine::events::Journal;
use crate::machine::ticked;
use crate::model::name::{KeyName, ParameterName};
use crate::model::parameter::{Parameter, Policy, Rule};
use crate::model::period::Period;
use crate::model::secret::Secret;
use crate::model::share::Share;
use crate::model::time::{DAY, Timestamp};
use crate::model::trust::{Kind, Role};

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

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TickReport {
    #[serde(flatten)]
    rotations: RotationReport,
    purged: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fired: Vec<Fired>,
    expired: Vec<String>,
    #[serde(rename = "RenewedShares", skip_serializing_if = "Vec::is_empty")]
    shares: Vec<String>,
    #[serde(rename = "DestroyedKeys", skip_serializing_if = "Vec::is_empty")]
    destroyed: Vec<String>,
    #[serde(rename = "Replicated", skip_serializing_if = "Vec::is_empty")]
    copied: Vec<String>,
    #[serde(rename = "RefusedDocuments", skip_serializing_if = "Vec::is_empty")]
    refused: Vec<RefusedView>,
}

/// A policy that fired.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Fired {
    name: String,
    policy_type: &'static str,
    policy_text: String,
    #[serde(skip)]
    rule: Rule,
}

pub(crate) fn run(args: &TickArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    catch_up(&vault, context);
    let now = context.now;
    let (purges, due) = (vault.purges_due::<Secret>(now)?, vault.rotations_due(now)?);
    let (mut unfired, mut expired) = (vault.unfired(now)?, vault.purges_due::<Parameter>(now)?);
    let mut shares = shares_due(&vault, now)?;
    let is_nothing_due = purges.found.is_empty() && unfired.found.is_empty() && expired.found.is_empty();
    if !(is_nothing_due && due.found.is_empty() && shares.is_empty()) {
        // Without an identity each of them would fail for the same reason. Most deliveries need none.
        let member = vault.whoami();
        if member.is_err() {
            deliver_events(&vault, context);
        }
        let member = member?;
        // The machine of somebody who may write them does it; for everybody else they are hidden anyway.
        unfired.found.retain(|name| member.may_write(Kind::Parameter, name.as_str()));
        expired.found.retain(|name| member.may_write(Kind::Parameter, name.as_str()));
        shares.retain(|share| vault.may_share(&share.share).unwrap_or(false));
    }
    let mut failures = Vec::new();
    let purged = each(&purges.found, &mut failures, |name| vault.purge::<Secret>(name, now));
    let fired = fire(&vault, &unfired.found, &mut failures, now);
    let gone = each(&expired.found, &mut failures, |name| vault.purge::<Parameter>(name, now));
    let shares = each(&shares, &mut failures, |due| vault.renew_share(due.share.id, now));
    let keys = keys_due(&vault, context)?;
    let destroyed = each(&keys, &mut failures, |name| vault.destroy_key(name, now).map(|()| true));
    let (timeout, jobs) = (args.limit.duration(), args.jobs.count());
    let batch = Batch { names: &due.found, token: None, reason: Reason::Due, timeout, jobs };
    let (mut rotations, failure) = rotate_all(&batch, &vault, context)?;
    drop_old_records(&vault, context);
    let copied =
        copy_outdated(&vault, context).into_iter().filter(|it| it.is_written).map(|it| it.name.to_string()).collect();
    deliver_events(&vault, context);
    if let Err(error) = renew(&vault, context) {
        context.ui.warning(format!("the log of uses was not anchored: {}", error.with_hints()));
    }
    if !context.global.dry_run {
        ticked::remember(vault.state(), now);
    }
    vault.finish(context);
    rotations.failed.splice(0..0, failures.iter().map(|(name, error)| Failed::new(name.clone(), error)));
    let refused = refused::joined([purges.refused, unfired.refused, expired.refused, due.refused]);
    let report = TickReport {
        rotations,
        purged,
        fired,
        expired: gone,
        shares,
        destroyed,
        copied,
        refused: refused::views(&refused),
    };
    let summary = report.summary(context.global.dry_run);
    context.ui.report(&report)?;
    if let Some(summary) = summary {
        context.ui.note(summary);
    }
    refused::outcome(refused)?;
    let first = failures.into_iter().map(|(_, error)| error).chain(failure).next();
    first.map_or(Ok(()), |error| Err(CliError::Reported(error.exit())))
}

impl TickReport {
    /// What was done and what was not, if there was more than one thing to do.
    fn summary(&self, is_dry_run: bool) -> Option<String> {
        let Counts { done, failed, waiting, running } = self.rotations.counts();
        let done = done
            + self.purged.len()
            + self.fired.len()
            + self.expired.len()
            + self.shares.len()
            + self.destroyed.len()
            + self.copied.len();
        let counts = [
            (done, if is_dry_run { "would be done" } else { "done" }),
            (failed, "failed"),
            (waiting, "waiting for a person"),
            (running, "done by another process"),
            (self.refused.len(), "skipped, because a document cannot be trusted"),
        ];
        let counted: Vec<String> =
            counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        (counts.iter().map(|(count, _)| count).sum::<usize>() > 1).then(|| counted.join(", "))
    }
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

/// The shares that are behind or have expired. What is refused below the path of one is reported elsewhere.
fn shares_due(vault: &Vault<'_>, now: Timestamp) -> CliResult<Vec<DueShare>> {
    let is_due = |share: &Share| vault.share_state(share, now).is_ok_and(|state| state != ShareState::Current);
    Ok(vault.shares()?.found.into_iter().filter(is_due).map(|share| DueShare { share }).collect())
}

/// A share to renew, as people name it.
struct DueShare {
    share: Share,
}

impl Display for DueShare {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} with {}", self.share.name, self.share.to)
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

impl Fired {
    fn new(name: &ParameterName, policy: &Policy) -> Self {
        Fired {
            name: name.to_string(),
            policy_type: policy.type_name(),
            policy_text: policy.as_str().to_owned(),
            rule: policy.rule(),
        }
    }

    /// What has happened to the parameter.
    fn event(&self) -> String {
        match self.rule {
            Rule::Expiration(at) => format!("expired at {at}; `vault param restore {}` brings it back", self.name),
            Rule::ExpirationNotification(before) => format!("expires in less than {before}"),
            Rule::NoChangeNotification(after) => format!("has not changed for {after}"),
        }
    }
}

impl Report for TickReport {
    fn text(&self, page: &mut Page) {
        self.rotations.text(page);
        for fired in &self.fired {
            let name = page.paint(Meaning::Name, &fired.name);
            page.line(format!("{name} {}", fired.event()));
        }
        for (names, what) in [
            (&self.purged, "purged"),
            (&self.expired, "expired and deleted"),
            (&self.shares, "is shared as it is now"),
            (&self.copied, "copied to another vault"),
            (&self.destroyed, "is destroyed: nothing under this key can be read any more"),
        ] {
            for name in names {
                let name = page.paint(Meaning::Name, name);
                page.line(format!("{name} {what}"));
            }
        }
    }
}
