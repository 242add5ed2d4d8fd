//! A schedule: when windows open.

use std::fmt;
use std::str::FromStr;

use super::cron::Cron;
use super::error::ScheduleError;
use super::rate::{self, Days, Rate};
use super::window::Window;
use crate::model::period::{Period, Unit};
use crate::model::time::Timestamp;

/// The longest text of a schedule, in bytes, as the service limits it.
const TEXT_LIMIT: usize = 256;

/// When windows open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Schedule {
    /// Days after the last rotation or the last manual change, whichever is later: `30 days`.
    /// What the service calls AutomaticallyAfterDays.
    Every(Days),
    /// Days after the last rotation, or the hours of a fixed grid: `rate(30 days)`, `rate(4 hours)`.
    Rate(Rate),
    /// The days and hours of an expression: `cron(0 3 1 * ? *)`.
    Cron(Cron),
}

impl Schedule {
    /// Whether windows open by the hour: such a window is one hour long by default.
    pub(super) fn is_hourly(&self) -> bool {
        match self {
            Schedule::Every(_) => false,
            Schedule::Rate(rate) => rate.unit() == Unit::Hours,
            Schedule::Cron(cron) => cron.is_hourly(),
        }
    }

    /// How far apart windows are, unless an expression says so.
    pub(crate) fn period(&self) -> Option<Period> {
        match self {
            Schedule::Every(days) => Period::new(days.number(), Unit::Days),
            Schedule::Rate(rate) => Some(rate.period()),
            Schedule::Cron(_) => None,
        }
    }

    /// The maximum hours of a window that does not run into the next one or past the end of the UTC day.
    pub(super) fn longest(&self) -> Window {
        match self {
            Schedule::Every(_) => Window::DAY,
            Schedule::Rate(rate) => rate.longest(),
            Schedule::Cron(cron) => cron.longest(),
        }
    }

    /// The first opening after `after`, of those that a count from `since` gives. `after` is not before `since`.
    pub(super) fn opening(&self, since: Timestamp, after: Timestamp) -> Option<i64> {
        match self {
            Schedule::Every(days) => Some(days.opening(since, after)),
            Schedule::Rate(rate) => Some(rate.opening(since, after)),
            Schedule::Cron(cron) => cron.opening(after),
        }
    }
}

impl FromStr for Schedule {
    type Err = ScheduleError;

    /// Accepts the canonical forms, and periods as people write them: `30d`, `2w` and `12h`.
    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let inside = |name: &str| text.trim().strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
        if text.len() > TEXT_LIMIT {
            return Err(ScheduleError::Form);
        }
        if let Some(fields) = inside("cron") {
            return fields.parse().map(Schedule::Cron);
        }
        if let Some(rate) = inside("rate") {
            return Rate::new(rate::counted(rate).ok_or(ScheduleError::Rate)?).map(Schedule::Rate);
        }
        let period = rate::counted(text).or_else(|| text.trim().parse().ok()).ok_or(ScheduleError::Form)?;
        match period.unit() {
            Unit::Days => Days::new(period.number()).map(Schedule::Every),
            Unit::Hours => Rate::new(period).map(Schedule::Rate),
        }
    }
}

impl fmt::Display for Schedule {
    /// The canonical text, which reads back as the same schedule.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Schedule::Every(days) => write!(f, "{days}"),
            Schedule::Rate(rate) => write!(f, "rate({rate})"),
            Schedule::Cron(cron) => write!(f, "cron({cron})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn canonical(text: &str) -> String {
        text.parse::<Schedule>().map_or_else(|error| format!("refused: {error}"), |schedule| schedule.to_string())
    }

    #[test]
    fn every_form_has_one_canonical_text() {
        for (given, text) in [
            ("30d", "30 days"),
            ("2w", "14 days"),
            ("1d", "1 day"),
            ("1 days", "1 day"),
            (" 30 days ", "30 days"),
            ("12h", "rate(12 hours)"),
            ("12 hours", "rate(12 hours)"),
            ("rate(30 days)", "rate(30 days)"),
            ("rate(1 day)", "rate(1 day)"),
            ("rate( 1  days )", "rate(1 day)"),
            ("rate(4 hours)", "rate(4 hours)"),
            ("cron(0 3 1 * ? *)", "cron(0 3 1 * ? *)"),
            ("cron(00  /8 07 jan-Mar ? *)", "cron(0 0/8 7 JAN-MAR ? *)"),
        ] {
            assert_eq!(canonical(given), text, "{given}");
            assert_eq!(canonical(text), text);
        }
    }

    #[test]
    fn rates_have_limits() {
        let parse = |text: &str| text.parse::<Schedule>();
        for text in ["3h", "rate(3 hours)", "rate(1 hour)"] {
            assert_eq!(parse(text), Err(ScheduleError::TooOften), "{text}");
        }
        for text in ["1001d", "1001 days", "rate(1001 days)", "rate(24001 hours)", "24001h", "143w"] {
            assert_eq!(parse(text), Err(ScheduleError::TooSeldom), "{text}");
        }
        for text in ["1000d", "rate(1000 days)", "rate(24000 hours)", "142w"] {
            assert!(parse(text).is_ok(), "{text}");
        }
        for text in ["rate()", "rate(30)", "rate(30d)", "rate(days)", "rate(0 days)", "rate(-1 days)", "rate(+4 hours)"]
        {
            assert_eq!(parse(text), Err(ScheduleError::Rate), "{text}");
        }
        assert_eq!(parse("rate(4 weeks)"), Err(ScheduleError::Rate));
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        let long = format!("cron({} 0 3 1 * ? *)", " ".repeat(300));
        for text in ["", "30", "daily", "0d", "rate 30 days", "rate(30 days", "30 days)", "rate(1 day) x", "1é", &long]
        {
            assert_eq!(text.parse::<Schedule>(), Err(ScheduleError::Form), "{text}");
        }
    }

    proptest! {
        #[test]
        fn canonical_texts_read_back(number in 1..1200_u32, form in 0..6) {
            let text = match form {
                0 => format!("{number}d"),
                1 => format!("{number}h"),
                2 => format!("rate({number} days)"),
                3 => format!("rate({number} hours)"),
                4 => format!("cron(0 {} ? {} {}#{} *)", number % 24, number % 12 + 1, number % 7 + 1, number % 5 + 1),
                _ => format!("cron(0 {}/{} {}/{} * ? *)", number % 24, number % 20 + 4, number % 31 + 1, number % 30 + 1),
            };
            if let Ok(schedule) = text.parse::<Schedule>() {
                prop_assert_eq!(schedule.to_string().parse::<Schedule>(), Ok(schedule));
            }
        }

        #[test]
        fn no_text_panics(text in "(cron|rate)?[( ]?[-0-9A-Z*?/#, dhw]{0,30}[)]?", wild in any::<String>()) {
            let _ = text.parse::<Schedule>();
            let _ = wild.parse::<Schedule>();
        }
    }
}
