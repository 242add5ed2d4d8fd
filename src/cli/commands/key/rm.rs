//! `vault key rm`: a key is destroyed after a window in which it can be brought back.

use clap::Args;

use super::view::KeyView;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::input::window::window;
use crate::cli::terminal::prompt::Question;
use crate::model::name::KeyName;
use crate::model::secret::USUAL_RECOVERY_DAYS;
use crate::model::time::{DAY, Timestamp};

/// Mark a key for deletion
#[derive(Debug, Args)]
#[command(
    long_about = "Mark a key for deletion.\n\n\
        For a window of 7 to 30 days nothing can use it, and `vault key restore` brings it back. After that, `vault \
        tick` or the next change of an admin destroys it: its wraps are emptied, and its name is not free again. A key \
        that governs or encrypts anything is refused, with the list: move that to another key first with `vault key \
        map`. Older git commits and backups still contain its wraps.",
    after_help = "Examples:\n  vault key rm old\n  vault key rm old --window 7 --yes"
)]
pub(crate) struct RmArgs {
    /// Name of the key
    name: KeyName,
    /// Recovery window in days, 7 to 30
    #[arg(long, value_name = "DAYS", default_value_t = USUAL_RECOVERY_DAYS, value_parser = window)]
    window: u32,
    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

pub(super) fn run(args: &RmArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    vault.require_deletable(&args.name)?;
    let text = format!("Mark the key {} for deletion in {} days?", args.name, args.window);
    context.confirm_change(args.yes, Question::confirmation(&text), "nothing was deleted")?;
    let after = Timestamp::from_unix(context.now.unix() + i64::from(args.window) * DAY);
    vault.schedule_key_deletion(&args.name, after, context.now)?;
    KeyView::new(&vault, &args.name)?.conclude(vault, context)?;
    context.ui.note(format!("until then, `vault key restore {}` brings it back", args.name));
    Ok(())
}
