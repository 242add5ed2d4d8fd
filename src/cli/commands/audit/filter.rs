//! Which records are wanted.

use clap::Args;

use crate::cli::error::{CliError, CliResult};
use crate::cli::input::choice::choice;
use crate::machine::audit::{Action, Filter, Outcome};
use crate::model::period::Period;
use crate::model::time::Timestamp;

#[derive(Debug, Args)]
#[command(next_help_heading = "Which records")]
pub(super) struct FilterArgs {
    /// From this time on: a period before now, such as 30d or 12h, a day, or an instant in UTC
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Before this time
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,
    /// This name and everything below it; * stands for any text
    #[arg(long, value_name = "NAME")]
    path: Option<String>,
    /// This member, machine, user, agent or job; * stands for any text
    #[arg(long, value_name = "WHO")]
    by: Option<String>,
    /// Openings or changes
    #[arg(long, value_parser = choice(ACTIONS))]
    action: Option<Action>,
    /// How it ended
    #[arg(long, value_parser = choice(OUTCOMES), value_delimiter = ',')]
    outcome: Vec<Outcome>,
    /// This command, such as exec or param get
    #[arg(long = "command", value_name = "COMMAND")]
    command_name: Option<String>,
    /// Versions that had this label or stage
    #[arg(long, visible_alias = "stage", value_name = "LABEL")]
    label: Option<String>,
}

const ACTIONS: &[(&str, &str, Action)] =
    &[("open", "A value was opened", Action::Open), ("change", "A document was written", Action::Change)];

const OUTCOMES: &[(&str, &str, Outcome)] = &[
    ("allowed", "It was done", Outcome::Allowed),
    ("denied", "A right or a rule refused it", Outcome::Denied),
    ("failed", "It failed", Outcome::Failed),
];

impl FilterArgs {
    pub(super) fn filter(&self, now: Timestamp) -> CliResult<Filter> {
        let instant = |text: &Option<String>| text.as_deref().map(|text| before(text, now)).transpose();
        Ok(Filter {
            since: instant(&self.since)?,
            until: instant(&self.until)?,
            path: self.path.clone(),
            by: self.by.clone(),
            action: self.action,
            outcomes: self.outcome.clone(),
            command: self.command_name.clone(),
            label: self.label.clone(),
        })
    }
}

/// An instant as records have it: a period before now, a day, or an instant.
pub(in crate::cli::commands) fn before(text: &str, now: Timestamp) -> CliResult<String> {
    moment(text, now).map(in_records)
}

/// The same as an instant.
pub(in crate::cli::commands) fn moment(text: &str, now: Timestamp) -> CliResult<Timestamp> {
    let instant = match (text.parse::<Period>(), text.parse::<jiff::civil::Date>()) {
        (Ok(period), _) => Some(period.before(now)),
        (_, Ok(day)) if text.len() == 10 => format!("{day}T00:00:00Z").parse().ok(),
        _ => text.parse::<jiff::Timestamp>().ok().map(|instant| Timestamp::from_unix(instant.as_second())),
    };
    instant.ok_or_else(|| {
        CliError::usage(
            format!("`{text}` is not a time"),
            "give a period before now, such as 30d or 12h, a day, such as 2026-11-01, or 2026-11-01T08:00:00Z",
        )
    })
}

/// An instant as records have it.
pub(in crate::cli::commands) fn in_records(instant: Timestamp) -> String {
    instant.to_string().replace('Z', ".000Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_days_and_instants_are_times() {
        let now: Timestamp = "2026-11-29T08:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("2d", "2026-11-27T08:00:00.000Z"),
            ("3h", "2026-11-29T05:00:00.000Z"),
            ("2026-11-01", "2026-11-01T00:00:00.000Z"),
            ("2026-11-01T10:00:00+01:00", "2026-11-01T09:00:00.000Z"),
        ] {
            assert_eq!(before(text, now).unwrap(), expected);
        }
        assert!(before("yesterday", now).is_err() && before("", now).is_err());
    }
}
