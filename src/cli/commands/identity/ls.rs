//! `vault identity ls`: where identities are, who each is in this vault, and what is wrong.

use clap::Args;
use serde::Serialize;

use super::used;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::{Meaning, Page, Report};
use crate::unlock::keyring::{Keyring, SystemKeyring};
use crate::unlock::listing::{self, Listed};

/// List the identities of this machine
#[derive(Debug, Args)]
#[command(
    long_about = "List the identities of this machine: where each is kept, which member of this vault it is, where it comes \
        from, and what is wrong with it. Nothing is opened that needs a passphrase. The first one is used.",
    after_help = "Examples:\n  vault identity ls\n  vault --identity ci.txt identity ls"
)]
pub(crate) struct LsArgs {}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LsReport {
    identities: Vec<Row>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    identity: String,
    in_use: bool,
    origin: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

pub(super) fn run(_: &LsArgs, context: &mut Context) -> CliResult<()> {
    let sources = context.sources()?;
    let trust = used::trust_here(context);
    // A keyring may show a prompt of its own.
    let keyring = (!context.global.no_input).then_some(&SystemKeyring as &dyn Keyring);
    let row = |listed: Listed| Row {
        member: listed.recipient.clone().and_then(|recipient| used::member(trust.as_ref()?, &[recipient])),
        identity: listed.origin.to_string(),
        in_use: listed.is_used,
        origin: listed.from.as_str(),
        recipient: listed.recipient,
        problem: listed.problem,
    };
    let identities: Vec<Row> = listing::all(&sources, keyring)?.into_iter().map(row).collect();
    if identities.is_empty() {
        context.ui.note(
            "no identity is on this machine: `vault identity import` brings one, `vault identity new` creates one",
        );
    }
    Ok(context.ui.report(&LsReport { identities })?)
}

impl Report for LsReport {
    fn text(&self, page: &mut Page) {
        for row in &self.identities {
            let place = page.paint(Meaning::Name, &row.identity);
            page.line(place);
            let unknown = || "unknown until it is opened".to_owned();
            let used = if row.in_use { "used, " } else { "not used, " };
            let fields = [
                ("  from", Meaning::Plain, format!("{used}{}", row.origin)),
                ("  recipient", Meaning::Plain, row.recipient.clone().unwrap_or_else(unknown)),
                ("  member", Meaning::Name, row.member.clone().unwrap_or_default()),
                ("  problem", Meaning::Warning, row.problem.clone().unwrap_or_default()),
            ];
            page.fields(fields.into_iter().filter(|(.., text)| !text.is_empty()));
        }
    }
}
