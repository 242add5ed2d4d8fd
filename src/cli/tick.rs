//! `vault tick`: everything that is due, for cron, systemd and CI.

use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::error::{CliError, CliResult};
use super::palette::Meaning;
use super::report::{Page, Report};
use super::rotate::{RotationReport, rotate_all};

/// Do everything that is due: rotations, retries, purges and expirations
#[derive(Debug, Args)]
#[command(
    long_about = "Do everything that is due: rotate secrets whose window has opened, try unfinished rotations again, purge \
        secrets whose recovery window is over, and delete parameters that have expired. Nothing due changes nothing.\n\n\
        Meant for a timer: `vault rotate timer` prints or installs one.",
    after_help = "Examples:\n  vault tick\n  vault tick --dry-run"
)]
pub(super) struct TickArgs {
    /// Seconds that one step of a rotation may take
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    timeout: u64,
}

#[derive(Serialize)]
struct TickReport {
    #[serde(flatten)]
    rotations: RotationReport,
    #[serde(rename = "Purged")]
    purged: Vec<String>,
    #[serde(rename = "Expired")]
    expired: Vec<String>,
}

pub(super) fn run(args: &TickArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let now = context.now;
    let purged = vault.purges_due(now)?.into_iter().map(|secret| secret.name).collect::<Vec<_>>();
    for name in &purged {
        vault.purge_secret(name, now)?;
    }
    let mut expired = Vec::new();
    for name in vault.expired_parameters(now)? {
        if vault.purge_parameter(&name, now)? {
            expired.push(name);
        }
    }
    let due = vault.rotations_due(now)?.into_iter().map(|secret| secret.name).collect::<Vec<_>>();
    let (rotations, failure) = rotate_all(&due, None, Duration::from_secs(args.timeout), &vault, context)?;
    context.finish(&vault);
    let names = |names: &[_]| names.iter().map(ToString::to_string).collect::<Vec<String>>();
    let report =
        TickReport { rotations, purged: names(&purged), expired: expired.iter().map(ToString::to_string).collect() };
    context.ui.report(&report)?;
    failure.map_or(Ok(()), |error| Err(CliError::AlreadySaid(error.exit_code())))
}

impl Report for TickReport {
    fn text(&self, page: &mut Page) {
        self.rotations.text(page);
        for (names, what) in [(&self.purged, "purged"), (&self.expired, "expired and deleted")] {
            for name in names {
                let name = page.paint(Meaning::Name, name);
                page.line(format!("{name} {what}"));
            }
        }
    }
}
