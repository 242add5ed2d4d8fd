//! `vault serve credentials show`.

use clap::Args;

use super::view::CredentialView;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::input::credential_name::{CredentialName, one};

/// Show a credential with its policy
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
        vault serve credentials show shop\n  \
        vault serve credentials show shop --json | jq -r .Policy > shop.json")]
pub(crate) struct ShowArgs {
    /// Access key id or name
    #[arg(value_name = "ID|NAME")]
    credential: CredentialName,
}

pub(super) fn run(args: &ShowArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let credential = one(&vault, &args.credential)?;
    let mut view = CredentialView::of(&vault, &credential, context.now);
    view.policy = Some(credential.policy);
    vault.finish(context);
    Ok(context.ui.report(&view)?)
}
