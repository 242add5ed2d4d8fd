//! `vault replica promote`: a copy that becomes a secret like any other.

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::{Meaning, Page, Question, Report};
use crate::model::name::SecretName;

/// Make a copy a secret of its own, for good
#[derive(Debug, Args)]
#[command(
    long_about = "Make a copy a secret of its own, in the vault that has the copy. From then on it can be changed here, and nothing is copied \
        here from its former primary any more, also if that comes back: there its status is Detached. This cannot be undone.",
    after_help = "Example:\n  vault --vault /srv/eu/.vault replica promote prod/db"
)]
pub(crate) struct PromoteArgs {
    /// Name of the copy
    name: SecretName,
    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PromoteReport {
    name: String,
    primary_vault: String,
    primary_name: String,
}

pub(super) fn run(args: &PromoteArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    vault.require_copy(&args.name)?;
    let text = format!("Make {} a secret of its own? Nothing is copied to it any more.", args.name);
    context.confirm_change(args.yes, Question::confirmation(&text), "nothing was changed")?;
    let origin = vault.promote(&args.name, context.now)?;
    vault.finish(context);
    Ok(context.ui.report(&PromoteReport {
        name: args.name.to_string(),
        primary_vault: origin.vault.to_string(),
        primary_name: origin.name.to_string(),
    })?)
}

impl Report for PromoteReport {
    fn text(&self, page: &mut Page) {
        let name = page.paint(Meaning::Name, &self.name);
        let is = if page.is_of_dry_run() { "would be" } else { "is" };
        page.line(format!("{name} {is} a secret of its own"));
    }
}
