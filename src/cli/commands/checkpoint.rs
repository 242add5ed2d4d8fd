//! `vault checkpoint`: a signed list of all documents.

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::report::count::Count;
use crate::cli::report::finding;
use crate::cli::terminal::{Page, Report};
use crate::engine::Missing;
use crate::model::period::Period;

/// Sign a list of all documents, so that clones detect a rollback
#[derive(Debug, Args)]
#[command(
    long_about = "Sign a list of all current documents, in checkpoint.yaml. With it, `vault verify` on a machine \
    that has not seen the vault before, such as a CI job, detects documents that were rolled back or are missing. \
    Create it on the main branch: on several branches it would conflict in every merge.\n\n\
    A checkpoint is never signed over anything that `vault verify` reports, nor over documents older than what this \
    machine or the existing checkpoint knows.",
    after_help = "Examples:\n  \
        vault checkpoint\n  \
        vault checkpoint --valid-for 30d     too old for `vault verify` afterwards\n  \
        vault checkpoint --accept-missing    some documents are missing on purpose"
)]
pub(crate) struct CheckpointArgs {
    /// Leave out missing documents that the last checkpoint lists
    #[arg(long)]
    accept_missing: bool,
    /// How long machines that require a checkpoint may rely on it, such as 30d
    #[arg(long, value_name = "DURATION")]
    valid_for: Option<Period>,
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
    let listing =
        vault.checkpoint(missing, args.valid_for, context.now, |documents| ui.progress("verified", documents))?;
    ui.progress_done();
    vault.finish(context);
    for missing in &listing.missing {
        context.ui.warning(format!("left out: {}", finding::message(missing)));
    }
    Ok(context.ui.report(&CheckpointReport { documents: listing.documents, dry_run: context.global.dry_run })?)
}

impl Report for CheckpointReport {
    fn text(&self, page: &mut Page) {
        let verb = if self.dry_run { "would list" } else { "lists" };
        page.line(format!("checkpoint.yaml {verb} {}", Count::of(self.documents, "document")));
    }
}
