//! `vault key revoke`: fewer readers.

use clap::Args;

use super::view::KeyView;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::report::list::List;
use crate::cli::report::readers::leaving;
use crate::cli::terminal::prompt::Question;
use crate::model::name::{KeyName, MemberName};

/// Revoke members' access to a key
#[derive(Debug, Args)]
#[command(
    long_about = "Revoke members' access to a key.\n\n\
        The key gets a new version without them, and the old ones are tainted: no machine encrypts anything new \
        under them. The members still know what they could read: `vault list --must-rotate` lists every value that \
        must be replaced.",
    after_help = "Examples:\n  vault key revoke prod bob"
)]
pub(crate) struct RevokeArgs {
    /// Name of the key
    name: KeyName,
    /// Members to remove from the readers
    #[arg(required = true, value_name = "MEMBER")]
    members: Vec<MemberName>,
    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

pub(super) fn run(args: &RevokeArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let members = List::and(args.members.iter().map(MemberName::as_str));
    let text = format!("Revoke access to the key {} from {members}?", args.name);
    let question = Question::confirmation(&text);
    if !args.yes && !context.global.dry_run {
        let readers = leaving(&args.name, &vault.key(&args.name)?.readers, &args.members);
        context.prompter.show(&readers, question)?;
    }
    context.confirm_change(args.yes, question, "nothing was changed")?;
    let policy = context.recipient_policy()?;
    vault.revoke(&args.name, &args.members, &policy, context.now)?;
    let view = KeyView::new(&vault, &args.name)?.with_versions(&vault, &args.name)?;
    let vault = view.conclude(vault, context)?;
    if !context.global.dry_run {
        context.ui.next("`vault list --must-rotate` lists what they know");
    }
    context.suggest_commit(&vault);
    Ok(())
}
