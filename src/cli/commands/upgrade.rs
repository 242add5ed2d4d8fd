//! `vault upgrade`: a vault of an older format in the current one.

use clap::Args;
use serde::Serialize;

use super::rotate::configure_command;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::report::count::Count;
use crate::cli::terminal::{Meaning, Page, Question, Report};
use crate::engine::Vault;
use crate::model::secret::{Secret, StatedPlan};

/// Upgrade a vault of an older format
#[derive(Debug, Args)]
#[command(
    long_about = "Upgrade a vault of format 1 to format 2, in which the trust chain says who reads a key. Vaults of \
    format 1 can be read for ever, but not written any more.\n\n\
    Everything is verified first, and nothing is written if anything is refused. Every document is then signed by you, \
    who must be an admin and may write everywhere; values and versions stay as they are. Repeat the command if it was \
    interrupted. Programs of the first release cannot open the vault afterwards, so upgrade them first, and merge the \
    branches that changed members or keys.",
    after_help = "Examples:\n  \
        vault backup before.age\n  \
        vault upgrade --dry-run\n  \
        vault upgrade"
)]
pub(crate) struct UpgradeArgs {
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UpgradeReport {
    format: u64,
    documents: usize,
    keys: usize,
    /// Rotations that nobody has signed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rotations: Vec<Unconfirmed>,
    dry_run: bool,
}

/// A rotation that stops until somebody configures it again.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Unconfirmed {
    name: String,
    command: String,
}

pub(crate) fn run(args: &UpgradeArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    if vault.can_upgrade() {
        let text = "Sign every document again in format 2, which programs of the first release cannot read?";
        context.confirm_change(args.yes, Question::decision(text), "nothing was written")?;
    }
    let rotations = unconfirmed(&vault)?;
    let ui = &mut context.ui;
    let done = vault.upgrade(context.now, &mut |documents| ui.progress("verified and signed", documents))?;
    ui.progress_done();
    vault.finish(context);
    let (documents, keys, dry_run) = (done.documents, done.keys, context.global.dry_run);
    Ok(context.ui.report(&UpgradeReport { format: 2, documents, keys, rotations, dry_run })?)
}

/// The rotations that are configured without a signature of their own. An upgrade does not sign what any writer of the
/// secret may have configured.
fn unconfirmed(vault: &Vault<'_>) -> CliResult<Vec<Unconfirmed>> {
    let found = vault.secrets()?.found;
    let command = |secret: &Secret| match &secret.rotation.as_ref()?.plan {
        StatedPlan::Unsigned(terms) => {
            Some(Unconfirmed { name: secret.name.to_string(), command: configure_command(&secret.name, terms) })
        }
        StatedPlan::Missing | StatedPlan::Signed(_) => None,
    };
    Ok(found.iter().filter_map(command).collect())
}

impl Report for UpgradeReport {
    fn text(&self, page: &mut Page) {
        let (documents, keys) = (Count::of(self.documents, "document"), Count::of(self.keys, "key"));
        page.line(match (self.dry_run, self.documents + self.keys) {
            (_, 0) => "the vault has format 2".to_owned(),
            (true, _) => format!("would upgrade to format 2: {documents}, {keys}"),
            (false, _) => format!("the vault has format 2 now: {documents}, {keys} signed again"),
        });
        if !self.rotations.is_empty() {
            page.line("rotations stop until you or another member signs them: check each command, and run it");
        }
        for rotation in &self.rotations {
            let command = page.paint(Meaning::Plain, &rotation.command);
            page.line(format!("  {command}"));
        }
    }
}
