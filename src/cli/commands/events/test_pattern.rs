//! `vault events test-pattern`: whether an event matches a pattern.

use clap::Args;
use serde::Serialize;

use super::text::{pattern, text};
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::exit::Exit;
use crate::cli::terminal::page::{Page, Report};

/// Show whether an event matches a pattern
#[derive(Debug, Args)]
#[command(
    long_about = "Show whether an event matches a pattern, in the matching language of EventBridge. Exits with 8 if it does not.\n\n\
        The event is in the form that targets get: `vault events --json` shows events of this vault.",
    after_help = "Examples:\n  \
        vault events test-pattern pattern.json event.json\n  \
        vault events --last 1 --json | jq '.Events[0].Event' | \\\n      \
        vault events test-pattern pattern.json -"
)]
pub(crate) struct TestPatternArgs {
    /// File with the pattern, or - for standard input
    #[arg(value_hint = clap::ValueHint::FilePath)]
    pattern: String,
    /// File with the event, or - for standard input
    #[arg(value_hint = clap::ValueHint::FilePath)]
    event: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TestReport {
    result: bool,
}

pub(super) fn run(args: &TestPatternArgs, context: &mut Context) -> CliResult<()> {
    let event = text(&args.event)?;
    let event: serde_json::Value = serde_json::from_str(&event).map_err(|error| {
        CliError::usage(
            format!("`{}` is not JSON: {error}", args.event),
            "`vault events --json` shows events in their form",
        )
    })?;
    let result = pattern(&text(&args.pattern)?)?.matches(&event);
    context.ui.report(&TestReport { result })?;
    if result { Ok(()) } else { Err(CliError::Reported(Exit::Check)) }
}

impl Report for TestReport {
    fn text(&self, page: &mut Page) {
        page.line(if self.result { "matches" } else { "does not match" });
    }
}
