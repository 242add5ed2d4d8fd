//! `vault key grant`: more readers.

use clap::Args;

use super::view::KeyView;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::model::name::{KeyName, MemberName};

/// Give members access to a key
#[derive(Debug, Args)]
#[command(
    long_about = "Give members access to a key.\n\n\
        Every version of the key is wrapped for them, so they can read old values too. Only an admin who is a reader \
        of the key can do this.",
    after_help = "Examples:\n  vault key grant prod bob carol"
)]
pub(crate) struct GrantArgs {
    /// Name of the key
    name: KeyName,
    /// New readers
    #[arg(required = true, value_name = "MEMBER")]
    members: Vec<MemberName>,
}

pub(super) fn run(args: &GrantArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let policy = context.recipient_policy()?;
    if vault.grant(&args.name, &args.members, &policy, context.now)?.is_empty() {
        context.ui.note("they can already read it; nothing was changed");
    }
    KeyView::new(&vault, &args.name)?.conclude(vault, context)?;
    Ok(())
}
