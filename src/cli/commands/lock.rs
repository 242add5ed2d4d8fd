//! `vault lock`: ends the unlock agent.

use clap::Args;
use serde::Serialize;

use super::unlock::socket;
use crate::cli::clipboard::waiting;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::{Page, Report};
use crate::unlock::agent::{AgentError, client};

/// Stop the unlock agent, and clear the clipboard
#[derive(Debug, Args)]
#[command(long_about = "Stop the unlock agent. The identity is wiped from its memory before this returns. \
        A value that `--copy` put into the clipboard is cleared now, if it is still there.\n\n\
        It is not an error if no agent is running.")]
pub(crate) struct LockArgs {}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LockReport {
    was_unlocked: bool,
}

pub(crate) fn run(_: &LockArgs, context: &mut Context) -> CliResult<()> {
    let sources = context.sources()?;
    if context.global.dry_run {
        context.ui.note("would stop the unlock agent, if there is one");
        if waiting::is_any() {
            context.ui.note("would clear the clipboard, if it still holds a value");
        }
        return Ok(());
    }
    if waiting::end() {
        context.ui.note("the clipboard holds no value any more");
    }
    let was_unlocked = match socket(&sources).map(|socket| client::lock(&socket)) {
        Some(Ok(())) => true,
        None | Some(Err(AgentError::Absent | AgentError::Dead | AgentError::Locked)) => false,
        Some(Err(error)) => return Err(error.into()),
    };
    Ok(context.ui.report(&LockReport { was_unlocked })?)
}

impl Report for LockReport {
    fn text(&self, page: &mut Page) {
        page.line(if self.was_unlocked { "locked" } else { "nothing was unlocked" });
    }
}
