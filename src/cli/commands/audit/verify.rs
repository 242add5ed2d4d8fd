//! `vault audit verify`: whether the logs are whole.

use clap::Args;
use serde::Serialize;

use super::state;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::exit::Exit;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::crypto::sign::VerifyingKey;
use crate::engine::Vault;
use crate::machine::audit::{Finding, Head, Logs, Verified, notes, verify};

/// Verify that no record was changed, removed or reordered
#[derive(Debug, Args)]
#[command(
    long_about = "Verify that no record of the logs was changed, removed or reordered.\n\n\
        Each record names the hash of the one before it. Now and then a member's key signs how long the log is and what its \
        last record was: what is covered by that cannot be cut off without being noticed. What came after the last signature \
        is only chained: whoever can write the file could replace it as a whole. Exits with 6 if anything is wrong.",
    after_help = "Examples:\n  vault audit verify\n  vault audit verify --json"
)]
pub(super) struct VerifyArgs {}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct VerifyReport {
    logs: Vec<LogView>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LogView {
    log: String,
    is_own: bool,
    first: u64,
    size: u64,
    signed: u64,
    findings: Vec<String>,
}

pub(super) fn run(_: &VerifyArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let logs = Logs::of(vault.state());
    let (heads, forged) = signed(&vault, &logs)?;
    vault.finish(context);
    let mut views = Vec::new();
    for log in logs.all().map_err(state)? {
        let verified = verify(&log, &heads).map_err(state)?;
        views.push(LogView::of(verified, log == logs.own(), &forged));
    }
    let is_whole = views.iter().all(|view| view.findings.is_empty());
    if views.is_empty() {
        context.ui.note("nothing was recorded on this machine yet");
    }
    context.ui.report(&VerifyReport { logs: views })?;
    if is_whole { Ok(()) } else { Err(CliError::Reported(Exit::Tampered)) }
}

/// What members have signed about the logs, and the ids of logs with a note that nobody has signed.
fn signed(vault: &Vault<'_>, logs: &Logs) -> CliResult<(Vec<Head>, Vec<String>)> {
    let (mut heads, mut forged) = (Vec::new(), Vec::new());
    for log in logs.all().map_err(state)? {
        for note in notes(&log).map_err(state)? {
            let is_of_here = note.vault == vault.id().to_string();
            let is_signed = is_of_here && is_by_a_member(vault, &note)?;
            if is_signed { heads.push(note.head) } else { forged.push(note.head.log) }
        }
    }
    Ok((heads, forged))
}

/// Whether a note was signed by a key that a member has or had.
fn is_by_a_member(vault: &Vault<'_>, note: &crate::machine::audit::Note) -> CliResult<bool> {
    let snapshots = vault.snapshots()?;
    let members =
        snapshots.iter().flat_map(|snapshot| &snapshot.members).filter(|member| member.name.as_str() == note.member);
    Ok(members.filter_map(|member| VerifyingKey::parse(&member.sign).ok()).any(|key| note.is_by(&key)))
}

impl LogView {
    fn of(verified: Verified, is_own: bool, forged: &[String]) -> Self {
        let Verified { log, first, size, covered, findings } = verified;
        let is_forged = forged.contains(&log);
        let forged = is_forged.then(|| "a signed note about it is not by a member".to_owned());
        let findings = findings.iter().map(words).chain(forged).collect();
        LogView { log, is_own, first, size, signed: covered, findings }
    }
}

/// What a finding means.
fn words(finding: &Finding) -> String {
    match finding {
        Finding::NotARecord { seq } => format!("record {seq} is not readable"),
        Finding::Gap { due, found } if found > due => format!("records {due} to {} are missing", found - 1),
        Finding::Gap { due, found } => {
            format!("record {found} stands where {due} is due: records were reordered or added")
        }
        Finding::Broken { seq } => format!("record {} was changed, or record {seq}", seq - 1),
        Finding::Cut { size, was } => format!("the end was cut off: {was} records were signed, {size} are there"),
        Finding::Rewritten { size } => {
            format!("record {} is not the one that was signed: the log was rewritten", size - 1)
        }
        Finding::Beheaded { first } => {
            format!("records 0 to {} are missing, and no record says that they were dropped", first - 1)
        }
    }
}

impl Report for VerifyReport {
    fn text(&self, page: &mut Page) {
        for (number, log) in self.logs.iter().enumerate() {
            if number > 0 {
                page.line("");
            }
            let whose = if log.is_own { "this machine" } else { "brought here" };
            let open = log.size - log.signed.min(log.size);
            let mut fields = vec![
                ("log", Meaning::Plain, format!("{} ({whose})", log.log)),
                ("records", Meaning::Plain, format!("{}, {} signed, {open} only chained", log.size, log.signed)),
            ];
            if log.first > 0 {
                fields.push(("dropped", Meaning::Plain, format!("{} before, as configured", log.first)));
            }
            let mut findings: Vec<_> =
                log.findings.iter().map(|finding| ("wrong", Meaning::Warning, finding.clone())).collect();
            if findings.is_empty() {
                findings.push(("result", Meaning::Plain, "whole".to_owned()));
            }
            page.fields(fields.into_iter().chain(findings));
        }
    }
}
