//! `vault lock`: ends the unlock agent.

use clap::Args;
use serde::Serialize;

use super::unlock::socket;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::page::{Page, Report};
use crate::unlock::agent::{AgentError, client};

/// Stop the unlock agent
#[derive(Debug, Args)]
#[command(long_about = "Stop the unlock agent. The identity is wiped from its memory before this returns.\n\n\
        It is not an error if no agent is running.")]
pub(crate) struct LockArgs {}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LockReport {
    was_unlocked: bool,
}

pub(crate) fn run(_: &LockArgs, context: &mut Context) -> CliResult<()> {
    let sources = context.sources()?;
    let Some(socket) = socket(&sources) else { return Ok(context.ui.report(&LockReport { was_unlocked: false })?) };
    if context.global.dry_run {
        context.ui.note("would stop the unlock agent, if there is one");
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
