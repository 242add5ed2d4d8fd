//! `vault accept`: accept a reported rollback, fork or missing document.

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::git;
use crate::cli::input::document_name::KindArgs;
use crate::cli::terminal::{Meaning, Page, Question, Report};
use crate::engine::{Difference, Document, Vault};
use crate::model::head::Head;

/// Accept a reported rollback, fork or missing document
#[derive(Debug, Args)]
#[command(
    long_about = "Accept a reported rollback, fork or missing document.\n\n\
        Shows the current document, the one that this machine or the checkpoint remembers, and what changes. The \
        current document is then re-signed with a higher revision, so that every machine accepts it; a missing \
        document is forgotten. A document is not accepted if it belongs elsewhere, if its signer may not write it \
        (see `vault adopt`), or if you may not write it.",
    after_help = "Examples:\n  vault accept /app/prod/db/password\n  vault accept /app/prod/db/password --dry-run\n  vault accept --secret prod/db\n  vault accept --key default"
)]
pub(crate) struct AcceptArgs {
    /// Name of the parameter, or of what `--secret`, `--key`, `--rule` or `--credential` says
    name: String,
    #[command(flatten)]
    kind: KindArgs,
    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AcceptReport {
    path: String,
    #[serde(rename = "RevisionSeen")]
    seen: u64,
    #[serde(rename = "RevisionHere", skip_serializing_if = "Option::is_none")]
    here: Option<u64>,
    changes: Vec<String>,
    dry_run: bool,
}

pub(crate) fn run(args: &AcceptArgs, context: &mut Context) -> CliResult<()> {
    let name = args.kind.parse(&args.name)?;
    let vault = context.open_vault()?;
    let Some(difference) = vault.difference(name.document())? else {
        context.ui.note(format!("`{}` is unchanged since this machine last saw it; nothing to do", args.name));
        vault.leave();
        return Ok(());
    };
    let changes = show(&vault, &difference, context);
    context.confirm_change(args.yes, Question::decision("Accept it?"), "nothing was changed")?;
    vault.accept(&difference, context.now)?;
    vault.finish(context);
    let here = difference.here.as_ref().map(|document| document.head().rev);
    let (dry_run, Difference { path, seen, .. }) = (context.global.dry_run, difference);
    Ok(context.ui.report(&AcceptReport { path, seen, here, changes, dry_run })?)
}

/// Shows the current document, and what differs from the state that was seen, if git has it.
fn show(vault: &Vault<'_>, difference: &Difference, context: &mut Context) -> Vec<String> {
    context.ui.note(describe(difference));
    let (was_found, changes) = git::since_seen(vault, difference);
    if !changes.is_empty() {
        let what = if was_found { "what changes" } else { "it says" };
        context.ui.note(format!("  {what}: {}", changes.join(", ")));
    }
    changes
}

fn describe(difference: &Difference) -> String {
    let Difference { path, seen, .. } = difference;
    match difference.here.as_ref().map(Document::head) {
        Some(Head { rev, modified, by, .. }) => {
            format!("`{path}`: found revision {rev} of {modified} by {by}, already saw revision {seen}")
        }
        None => format!("`{path}` is missing, already saw revision {seen}"),
    }
}

impl Report for AcceptReport {
    fn text(&self, page: &mut Page) {
        let path = page.paint(Meaning::Name, &self.path);
        page.line(format!("{path} {}", page.done("accepted")));
    }
}
