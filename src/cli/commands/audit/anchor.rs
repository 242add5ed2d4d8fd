//! `vault audit anchor`: what the log of this machine is now, signed and kept in the vault.

use clap::Args;
use serde::Serialize;

use super::filter::in_records;
use super::state;
use super::verify::{LogView, verified};
use crate::cli::audit::origin;
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::CliResult;
use crate::cli::report::count::Count;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::engine::{Error, Vault};
use crate::machine::Head;
use crate::machine::audit::{AuditLog, Logs, begun};
use crate::model::log_anchor::LogAnchor;
use crate::model::time::{DAY, Timestamp};

/// Sign how long this machine's log is, in the vault
#[derive(Debug, Args)]
#[command(
    long_about = "Sign how long the log of uses of this machine is and what its last record was, in a document of the vault: \
        `anchors/`. Commit and push it: `vault audit verify` then detects that the log was cut or written anew, even by somebody \
        who can write every file of this machine.\n\n\
        From the first anchor on, `vault tick` renews it once a day if the log has grown. A log that is not whole is not anchored.",
    after_help = "Examples:\n  vault audit anchor\n  vault audit anchor --commit"
)]
pub(super) struct AnchorArgs {}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AnchorReport {
    log: String,
    size: u64,
    /// Whether it was anchored now; otherwise nothing but the last anchor has been recorded since.
    is_new: bool,
    dry_run: bool,
}

pub(super) fn run(_: &AnchorArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    // It may not have begun, and it is what is signed.
    vault.whoami()?;
    let Some(end) = end(&vault)? else {
        vault.finish(context);
        context.ui.note("nothing was recorded on this machine yet");
        return Ok(());
    };
    let is_new = has_grown(&end, anchor_of(&vault, &end)?.as_ref()) && anchor(&vault, context)?;
    vault.finish(context);
    Ok(context.ui.report(&AnchorReport { log: end.log, size: end.size, is_new, dry_run: context.global.dry_run })?)
}

/// Renews the anchor of this machine's log, if it has one of at least a day ago and the log has grown.
pub(in crate::cli::commands) fn renew(vault: &Vault<'_>, context: &Context) -> CliResult<bool> {
    let Some(end) = end(vault)? else { return Ok(false) };
    let Some(before) = anchor_of(vault, &end)? else { return Ok(false) };
    let is_due = before.at.unix() + DAY <= context.now.unix();
    Ok(is_due && has_grown(&end, Some(&before)) && anchor(vault, context)?)
}

/// How this machine's log and its anchor agree.
pub(in crate::cli::commands) enum Anchored {
    /// Nothing was recorded yet.
    NoLog,
    /// It has so many records, of which enough are anchored, or it is too young for that.
    Well(u64),
    /// It has been there for long, and so much of it is not anchored: a sentence.
    Poorly(String),
    /// It is not the log that was anchored: a sentence.
    Not(String),
}

/// Compares the end of this machine's log with its anchor. What is between is for `vault audit verify`.
pub(in crate::cli::commands) fn anchored(vault: &Vault<'_>, now: Timestamp) -> CliResult<Anchored> {
    let Some(end) = end(vault)? else { return Ok(Anchored::NoLog) };
    let long_ago = Timestamp::from_unix(now.unix() - LONG * DAY);
    let begun = begun(&Logs::of(vault.state()).own());
    Ok(match anchor_of(vault, &end)? {
        Some(before) if end.size < before.size || (end.size == before.size && end.hash != before.hash) => {
            let LogAnchor { size, at, .. } = before;
            Anchored::Not(format!(
                "the log of uses was cut or written anew: it has {} records, and had {size} on {at}",
                end.size
            ))
        }
        Some(before) if has_grown(&end, Some(&before)) && before.at < long_ago => {
            Anchored::Poorly(format!("the log of uses has grown since it was anchored on {}", before.at))
        }
        None if begun.is_some_and(|begun| begun < in_records(long_ago)) => {
            Anchored::Poorly("the log of uses is not anchored: nobody would notice that it was written anew".into())
        }
        _ => Anchored::Well(end.size),
    })
}

/// So many days without an anchor are long.
const LONG: i64 = 30;

/// The end of this machine's log.
fn end(vault: &Vault<'_>) -> CliResult<Option<Head>> {
    Ok(log(vault).head(&env::exact_time()).map_err(state)?)
}

fn log(vault: &Vault<'_>) -> AuditLog {
    AuditLog::at(Logs::of(vault.state()).own(), vault.id().to_string())
}

fn anchor_of(vault: &Vault<'_>, end: &Head) -> CliResult<Option<LogAnchor>> {
    Ok(vault.anchors()?.found.into_iter().find(|anchor| anchor.log.to_string() == end.log))
}

/// Whether there is more than the record of writing the last anchor. A log that shrank has not stayed the same either.
fn has_grown(end: &Head, before: Option<&LogAnchor>) -> bool {
    before.is_none_or(|before| end.size < before.size || end.size > before.size + 1)
}

/// Anchors a log that is whole, once it is on the disk: a failure of power must not look like a cut.
fn anchor(vault: &Vault<'_>, context: &Context) -> CliResult<bool> {
    let log = log(vault);
    let Some(end) = log.head(&env::exact_time()).map_err(state)? else { return Ok(false) };
    log.sync().map_err(state)?;
    if let Some(LogView { size, anchored, .. }) = verified(vault)?.into_iter().find(|log| log.is_own && !log.is_whole())
    {
        return Err(Error::NotTheAnchored { size, anchored, member: vault.whoami()?.name }.into());
    }
    Ok(vault.anchor_log(&end, &origin(), context.now)?.is_some())
}

impl Report for AnchorReport {
    fn text(&self, page: &mut Page) {
        let records = Count::of(usize::try_from(self.size).unwrap_or(usize::MAX), "record");
        let log = page.paint(Meaning::Name, &self.log);
        page.line(if self.is_new {
            format!("log {log} {} with {records}", page.done("anchored"))
        } else {
            format!("log {log} has nothing new since its anchor")
        });
    }
}
