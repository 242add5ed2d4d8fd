//! `vault rotate log`: what hooks did on this machine.

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::hook::log::{self, Entry};
use crate::model::name::SecretName;
use crate::model::time::Timestamp;

/// Show the hook log of this machine
#[derive(Debug, Args)]
#[command(
    long_about = "Show the hook log of this machine: each step with its result and the end of the hook's standard \
        error, with known values masked. The newest entry is last.",
    after_help = "Examples:\n  vault rotate log prod/db\n  vault rotate log --last 50 --json"
)]
pub(crate) struct LogArgs {
    /// Name of the secret [default: all]
    name: Option<SecretName>,
    /// Maximum number of entries
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    last: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LogReport {
    entries: Vec<Entry>,
}

pub(super) fn run(args: &LogArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let mut entries = log::read(vault.state(), args.name.as_ref())?;
    entries.drain(..entries.len().saturating_sub(args.last));
    vault.finish(context);
    if entries.is_empty() {
        context.ui.note("no hook has run on this machine yet");
    }
    Ok(context.ui.report(&LogReport { entries })?)
}

impl Report for LogReport {
    fn text(&self, page: &mut Page) {
        for entry in &self.entries {
            let meaning = if entry.verdict == "ok" { Meaning::Plain } else { Meaning::Warning };
            let verdict = page.paint(meaning, &entry.verdict);
            let secret = page.paint(Meaning::Name, &entry.secret);
            let what = page.paint(Meaning::Plain, &format!("{} attempt {}", entry.step, entry.attempt));
            let time = entry.time.parse::<Timestamp>().map_or_else(|_| entry.time.clone(), |time| page.age(time));
            let time = page.paint(Meaning::Plain, &time);
            page.line(format!("{time}  {secret}  {what}  {} ms  {verdict}", entry.duration_ms));
            for line in entry.stderr.lines() {
                page.line(format!("  {}", page.paint(Meaning::Plain, line)));
            }
        }
    }
}
