//! `vault audit verify`: whether the logs are whole.

use std::collections::{BTreeSet, HashMap};

use clap::Args;
use serde::Serialize;

use super::state;
use crate::cli::audit::origin;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::exit::Exit;
use crate::cli::report::refused;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::crypto::sign::VerifyingKey;
use crate::engine::Vault;
use crate::machine::Head;
use crate::machine::audit::{Finding, Logs, Note, Verified, notes, verify};
use crate::model::log_anchor::LogAnchor;

/// Verify that no record was changed, removed or reordered
#[derive(Debug, Args)]
#[command(
    long_about = "Verify that no record of the logs was changed, removed or reordered.\n\n\
        Each record names the hash of the one before it. Now and then a member's key signs how long the log is and what its \
        last record was: `signed`. `vault audit anchor` keeps such a signature in the vault: `anchored`. What is covered cannot be \
        changed or cut off without being noticed, by an anchor even if somebody can write every file of this machine. What came \
        after the last signature is only chained: anyone who can write the file could replace it. Exits with 6 if anything is wrong.",
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
pub(super) struct LogView {
    log: String,
    pub(super) is_own: bool,
    first: u64,
    pub(super) size: u64,
    signed: u64,
    findings: Vec<String>,
    /// How many records an anchor in the vault covers.
    pub(super) anchored: u64,
}

pub(super) fn run(_: &VerifyArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let views = verified(&vault)?;
    let anchors = vault.anchors()?;
    vault.finish(context);
    if views.is_empty() {
        context.ui.note("nothing was recorded on this machine yet");
    }
    for missing in missing(&anchors.found, &views) {
        context.ui.warning(missing);
    }
    let is_whole = views.iter().all(LogView::is_whole);
    context.ui.report(&VerifyReport { logs: views })?;
    refused::outcome(anchors.refused)?;
    if is_whole { Ok(()) } else { Err(CliError::Reported(Exit::Tampered)) }
}

/// Every log on this machine, compared with all that members have signed about it, here and in the vault.
pub(super) fn verified(vault: &Vault<'_>) -> CliResult<Vec<LogView>> {
    let logs = Logs::of(vault.state());
    let (mut heads, forged) = signed(vault, &logs)?;
    let anchors = vault.anchors()?.found;
    heads.extend(anchors.iter().map(|it| Head { log: it.log.to_string(), size: it.size, hash: it.hash }));
    let mut views = Vec::new();
    for log in logs.all().map_err(state)? {
        let mut view = LogView::of(verify(&log, &heads).map_err(state)?, log == logs.own(), &forged);
        let anchor = anchors.iter().find(|anchor| anchor.log.to_string() == view.log);
        view.anchored = anchor.map_or(0, |anchor| anchor.size.min(view.size));
        views.push(view);
    }
    Ok(views)
}

/// Anchored logs of this user on this machine that are not here.
fn missing(anchors: &[LogAnchor], views: &[LogView]) -> Vec<String> {
    let is_here = |anchor: &LogAnchor| views.iter().any(|view| view.log == anchor.log.to_string());
    let own = origin();
    let missing = anchors.iter().filter(|anchor| anchor.origin == own && !is_here(anchor));
    let words = |it: &LogAnchor| {
        let LogAnchor { log, size, at, .. } = it;
        format!(
            "the log {log} of this machine is missing: {at} it had {size} records; was it removed, or this machine set up anew?"
        )
    };
    missing.map(words).collect()
}

/// What members have signed about the logs, and the ids of logs with a note that nobody has signed.
fn signed(vault: &Vault<'_>, logs: &Logs) -> CliResult<(Vec<Head>, Vec<String>)> {
    let mut all = Vec::new();
    for log in logs.all().map_err(state)? {
        all.extend(notes(&log).map_err(state)?);
    }
    if all.is_empty() {
        return Ok(Default::default());
    }
    let (id, keys) = (vault.id().to_string(), keys(vault)?);
    let is_signed = |note: &Note| {
        note.vault == id && keys.get(&*note.member).is_some_and(|keys| keys.iter().any(|key| note.is_by(key)))
    };
    let (signed, forged): (Vec<Note>, Vec<Note>) = all.into_iter().partition(is_signed);
    Ok((signed.into_iter().map(|note| note.head).collect(), forged.into_iter().map(|note| note.head.log).collect()))
}

/// The keys that each member signs with or has signed with, each once.
fn keys(vault: &Vault<'_>) -> CliResult<HashMap<String, Vec<VerifyingKey>>> {
    let mut texts = BTreeSet::new();
    for snapshot in vault.snapshots()?.iter() {
        texts.extend(snapshot.members.iter().map(|member| (member.name.to_string(), member.sign)));
    }
    let mut keys: HashMap<String, Vec<VerifyingKey>> = HashMap::new();
    for (member, text) in texts {
        keys.entry(member).or_default().extend(VerifyingKey::parse(&text).ok());
    }
    Ok(keys)
}

impl LogView {
    fn of(verified: Verified, is_own: bool, forged: &[String]) -> Self {
        let Verified { log, first, size, covered, findings } = verified;
        let is_forged = forged.contains(&log);
        let forged = is_forged.then(|| "a signed note about it is not by a member".to_owned());
        let findings = findings.iter().map(words).chain(forged).collect();
        LogView { log, is_own, first, size, signed: covered, findings, anchored: 0 }
    }

    pub(super) fn is_whole(&self) -> bool {
        self.findings.is_empty()
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
        Finding::Cut { size, was } => {
            format!("the end was cut off: {was} records were signed or anchored, {size} are there")
        }
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
            let ranges = format!("{}, {} anchored, {} signed, {open} only chained", log.size, log.anchored, log.signed);
            let mut fields =
                vec![("log", Meaning::Plain, format!("{} ({whose})", log.log)), ("records", Meaning::Plain, ranges)];
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
