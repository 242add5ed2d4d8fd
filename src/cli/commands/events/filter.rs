//! Which events are wanted.

use clap::Args;

use crate::cli::commands::audit::moment;
use crate::cli::error::CliResult;
use crate::machine::events::Entry;
use crate::model::time::Timestamp;

#[derive(Debug, Args)]
#[command(next_help_heading = "Which events")]
pub(super) struct FilterArgs {
    /// From this time on: a period before now, such as 30d or 12h, a day, or an instant in UTC
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// This name and everything below it
    #[arg(long, value_name = "NAME")]
    path: Option<String>,
    /// This type or operation, such as Update, RotationFailed or "Parameter Store Change"
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
}

/// Chooses events.
pub(super) struct Filter<'a> {
    since: Option<String>,
    args: &'a FilterArgs,
}

impl FilterArgs {
    /// Whether it asks for what has happened already.
    pub(super) fn is_of_past(&self) -> bool {
        self.since.is_some()
    }

    pub(super) fn filter(&self, now: Timestamp) -> CliResult<Filter<'_>> {
        Ok(Filter { since: noticed_since(self.since.as_deref(), now)?, args: self })
    }
}

/// An instant as the journal has it.
pub(super) fn noticed_since(text: Option<&str>, now: Timestamp) -> CliResult<Option<String>> {
    text.map(|text| Ok(moment(text, now)?.to_string())).transpose()
}

impl Filter<'_> {
    /// Whether an event was noticed since the instant, is about the name or one below it, and is of the type.
    pub(super) fn matches(&self, entry: &Entry) -> bool {
        let event = &entry.event;
        let is_below = |path: &str| {
            let rest = event.name().strip_prefix(path.trim_end_matches('/'));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let is_of = |kind: &str| {
            let names = [event.detail_type.as_str(), event.operation(), &event.source];
            names.iter().any(|it| it.eq_ignore_ascii_case(kind))
        };
        self.since.as_ref().is_none_or(|since| entry.raised >= *since)
            && self.args.path.as_deref().is_none_or(is_below)
            && self.args.kind.as_deref().is_none_or(is_of)
    }
}
