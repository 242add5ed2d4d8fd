//! `vault checkpoint`: a signed list of all documents.

use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::count::Count;
use super::error::CliResult;
use super::report::{Page, Report};

/// Sign a list of all documents, by which fresh clones detect a rollback
#[derive(Debug, Args)]
#[command(
    long_about = "Sign a list of all documents as they are now, in checkpoint.yaml. A machine that has seen nothing of \
    the vault yet, such as a CI job, can then tell what went back or vanished since, with `vault verify`. Make it on the main \
    branch: on several branches it would conflict in every merge."
)]
pub(super) struct CheckpointArgs {}

#[derive(Serialize)]
struct CheckpointReport {
    #[serde(rename = "Documents")]
    documents: usize,
}

pub(super) fn run(_: &CheckpointArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let documents = vault.checkpoint(context.now)?;
    context.finish(&vault);
    context.ui.report(&CheckpointReport { documents })?;
    Ok(())
}

impl Report for CheckpointReport {
    fn text(&self, page: &mut Page) {
        page.line(format!("checkpoint.yaml lists {}", Count::of(self.documents, "document")));
    }
}
