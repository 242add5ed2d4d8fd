//! `vault serve credentials rm`.

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::input::credential_name::{CredentialName, one};
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::prompt::Question;

/// Revoke a credential: programs that use it are refused
#[derive(Debug, Args)]
#[command(
    long_about = "Revoke a credential, for good: programs that use it are refused as soon as the server's copy of the vault has \
        the change.",
    after_help = "Examples:\n  vault serve credentials rm shop\n  vault serve credentials rm AKIAJ4M2XQ5T7VZ3KDNE --yes"
)]
pub(crate) struct RmArgs {
    /// Access key id or name
    #[arg(value_name = "ID|NAME")]
    credential: CredentialName,
    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RmReport {
    access_key_id: String,
    name: String,
    revoked: bool,
}

pub(super) fn run(args: &RmArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let credential = one(&vault, &args.credential)?;
    if !credential.revoked {
        let text = format!("Revoke {} ({}) of {}?", credential.name, credential.description, credential.member);
        context.confirm_change(args.yes, Question::confirmation(&text), "nothing was revoked")?;
    }
    let revoked = vault.revoke_credential(&credential.name, context.now)?;
    let vault = vault.finish(context);
    if !revoked {
        context.ui.note("it was revoked before");
    }
    let (access_key_id, name) = (credential.name.to_string(), credential.description);
    context.ui.report(&RmReport { access_key_id, name, revoked })?;
    context.suggest_commit(&vault);
    Ok(())
}

impl Report for RmReport {
    fn text(&self, page: &mut Page) {
        let id = page.paint(Meaning::Name, &self.access_key_id);
        let name = page.paint(Meaning::Plain, &self.name);
        page.line(format!("{id} ({name}) {}", page.done("revoked")));
    }
}
