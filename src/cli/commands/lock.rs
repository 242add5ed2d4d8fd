//! `vault lock`: ends the unlock agent.

use clap::Args;
use serde::Serialize;

use super::unlock::socket;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::page::{Page, Report};
use crate::unlock::agent::{AgentError, client};

/// End the unlock agent
#[derive(Debug, Args)]
#[command(long_about = "End the unlock agent. What it held is wiped before this returns.\n\n\
        Without an agent there is nothing to do, which is no error.")]
pub(crate) struct LockArgs {}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LockReport {
    was_unlocked: bool,
}

pub(crate) fn run(_: &LockArgs, context: &mut Context) -> CliResult<()> {
    let sources = context.sources()?;
    let Some(socket) = socket(&sources)? else { return Ok(context.ui.report(&LockReport { was_unlocked: false })?) };
    if context.global.dry_run {
        context.ui.note("would end the unlock agent, if there is one");
        return Ok(());
    }
    let was_unlocked = match client::lock(&socket) {
        Ok(()) => true,
        Err(AgentError::Absent | AgentError::Dead | AgentError::Locked) => false,
        Err(error) => return Err(error.into()),
    };
    Ok(context.ui.report(&LockReport { was_unlocked })?)
}

impl Report for LockReport {
    fn text(&self, page: &mut Page) {
        page.line(if self.was_unlocked { "locked" } else { "nothing was unlocked" });
    }
}
