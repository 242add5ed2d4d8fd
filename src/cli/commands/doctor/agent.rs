//! The unlock agent.

use super::check::{Examination, Line};
use crate::cli::commands::unlock::{socket, unlocked};
use crate::cli::error::CliResult;
use crate::unlock::agent::{AgentError, client};

pub(super) fn check(examination: &mut Examination<'_>) -> CliResult<Vec<Line>> {
    let Some(socket) = socket(&examination.context.sources()?) else { return Ok(Vec::new()) };
    Ok(vec![match client::status(&socket) {
        Ok(_) => {
            let page = examination.context.ui.page();
            let until = unlocked(examination.context)?.map(|it| it.sentence(&page)).unwrap_or_default();
            Line::ok(format!("holds your identity {until}"))
        }
        Err(AgentError::Absent | AgentError::Dead | AgentError::Locked) => Line::ok("is not running"),
        Err(error) => Line::warning(format!("{error} (`{}`)", socket.display()), "vault lock"),
    }])
}
