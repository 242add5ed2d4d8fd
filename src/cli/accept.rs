//! `vault accept`: take a reported rollback, fork or disappearance on purpose.

use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::document_name::KindArgs;
use super::error::{CliError, CliResult};
use super::palette::Meaning;
use super::prompt::Question;
use super::report::{Page, Report};
use crate::engine::Difference;

/// Accept a rollback, a fork or a disappearance that was reported
#[derive(Debug, Args)]
#[command(
    long_about = "Accept a rollback, a fork or a disappearance that was reported.\n\n\
        Shows what lies there and what this machine had seen. What lies there is then signed again under a higher revision, so \
        that everybody's machine follows; a document that is gone is forgotten.",
    after_help = "Examples:\n  vault accept /app/prod/db/password\n  vault accept --secret prod/db\n  vault accept --key default"
)]
pub(super) struct AcceptArgs {
    /// Name of the parameter, or of the secret or key with `--secret` or `--key`
    name: String,
    #[command(flatten)]
    kind: KindArgs,
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
    let name = args.kind.parse(&args.name)?;
    let what = name.document();
    let vault = context.open_vault()?;
    let Some(difference) = vault.difference(what)? else {
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
    vault.accept(what, context.now)?;
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
