//! `vault checkpoint`: a signed list of all documents.

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::report::count::Count;
use crate::cli::report::finding;
use crate::cli::terminal::page::{Page, Report};
use crate::engine::Missing;

/// Sign a list of all documents, by which fresh clones detect a rollback
#[derive(Debug, Args)]
#[command(
    long_about = "Sign a list of all documents as they are now, in checkpoint.yaml. A machine that has seen nothing of \
    the vault yet, such as a CI job, can then tell what went back or vanished since, with `vault verify`. Make it on the main \
    branch: on several branches it would conflict in every merge.\n\n\
    What `vault verify` finds is never signed: neither what is behind this machine's memory, nor what is behind the checkpoint \
    that is already there.",
    after_help = "Examples:\n  \
        vault checkpoint\n  \
        vault checkpoint --accept-missing    documents that are gone without a tombstone are meant to be"
)]
pub(crate) struct CheckpointArgs {
    /// Leave out documents that the last checkpoint lists and that are gone
    #[arg(long)]
    accept_missing: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CheckpointReport {
    documents: usize,
    dry_run: bool,
}

pub(crate) fn run(args: &CheckpointArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let missing = if args.accept_missing { Missing::LeftOut } else { Missing::Refused };
    let ui = &mut context.ui;
    let listing = vault.checkpoint(missing, context.now, |documents| ui.progress("verified", documents))?;
    ui.progress_done();
    context.finish(&vault);
    for missing in &listing.missing {
        context.ui.warning(format!("left out: {}", finding::message(missing)));
    }
    context.ui.report(&CheckpointReport { documents: listing.documents, dry_run: context.global.dry_run })?;
    Ok(())
}

impl Report for CheckpointReport {
    fn text(&self, page: &mut Page) {
        let verb = if self.dry_run { "would list" } else { "lists" };
        page.line(format!("checkpoint.yaml {verb} {}", Count::of(self.documents, "document")));
    }
}
