//! `vault accept`: take a reported rollback, fork or disappearance on purpose.

use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::error::{CliError, CliResult};
use super::palette::Meaning;
use super::prompt::Question;
use super::report::{Page, Report};
use crate::engine::Difference;
use crate::model::name::ParameterName;

/// Accept a rollback, a fork or a disappearance that was reported
#[derive(Debug, Args)]
#[command(
    long_about = "Accept a rollback, a fork or a disappearance that was reported.\n\n\
        Shows what lies there and what this machine had seen. What lies there is then signed again under a higher revision, so \
        that everybody's machine follows; a document that is gone is forgotten.",
    after_help = "Example:\n  vault accept /app/prod/db/password"
)]
pub(super) struct AcceptArgs {
    /// Name of the parameter
    name: ParameterName,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

#[derive(Serialize)]
struct AcceptReport {
    #[serde(rename = "Path")]
    path: String,
    #[serde(rename = "RevisionSeen")]
    seen: u64,
    #[serde(rename = "RevisionHere", skip_serializing_if = "Option::is_none")]
    here: Option<u64>,
}

pub(super) fn run(args: &AcceptArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let Some(difference) = vault.difference(&args.name)? else {
        context.ui.note(format!("`{}` is as this machine has seen it; nothing was changed", args.name));
        return Ok(());
    };
    context.ui.note(describe(&difference));
    if !args.yes {
        let question = Question { text: "Accept it?", what: "a decision", flag: "`--yes`" };
        if !context.prompter.confirm(question, Some(false))? {
            return Err(CliError::Declined("nothing was changed"));
        }
    }
    vault.accept(&args.name, context.now)?;
    context.finish(&vault);
    let here = difference.here.as_ref().map(|(rev, ..)| *rev);
    context.ui.report(&AcceptReport { path: difference.path, seen: difference.seen, here })?;
    Ok(())
}

fn describe(difference: &Difference) -> String {
    match &difference.here {
        Some((rev, at, by)) => format!(
            "`{}`: revision {rev} of {at} by {by} lies there, revision {} was seen here",
            difference.path, difference.seen
        ),
        None => format!("`{}` is gone, revision {} was seen here", difference.path, difference.seen),
    }
}

impl Report for AcceptReport {
    fn text(&self, page: &mut Page) {
        let path = page.paint(Meaning::Name, &self.path);
        page.line(format!("{path} accepted"));
    }
}
