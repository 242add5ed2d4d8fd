//! Instants for people: on a terminal `3 days ago` or `2026-11-23 08:00 CET`, elsewhere in the one form of [`Timestamp`], as in JSON.

use std::time::Duration;

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use crate::model::time::Timestamp;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A duration as users write it: `90s`, `1h30m`.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    text.parse::<SignedDuration>().ok().and_then(|given| given.try_into().ok())
}

/// How instants are shown.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Clock {
    /// For programs: in UTC, as documents state them.
    Utc,
    /// For a person at a terminal.
    Local {
        /// The time of this run.
        now: Timestamp,
        /// Finds the time zone, which costs reading files.
        zone: fn() -> TimeZone,
        /// `-v`: no distances alone.
        is_exact: bool,
    },
}

impl Clock {
    /// For a column: `3 days ago`.
    pub(crate) fn age(self, instant: Timestamp) -> String {
        match self {
            Clock::Local { now, is_exact: false, .. } => relative(instant, now),
            Clock::Local { zone, .. } => local(instant, zone(), "%Y-%m-%d %H:%M %Z"),
            Clock::Utc => instant.to_string(),
        }
    }

    /// Where there is room: `2026-11-23 08:00 CET (3 days ago)`.
    pub(crate) fn moment(self, instant: Timestamp) -> String {
        match self {
            Clock::Local { now, zone, .. } => {
                format!("{} ({})", local(instant, zone(), "%Y-%m-%d %H:%M %Z"), relative(instant, now))
            }
            Clock::Utc => instant.to_string(),
        }
    }

    /// For a column where the time of day counts: `2026-11-23 08:00`, with `-v` to the second.
    pub(crate) fn stamp(self, instant: Timestamp) -> String {
        match self {
            Clock::Local { zone, is_exact: false, .. } => local(instant, zone(), "%Y-%m-%d %H:%M"),
            Clock::Local { zone, .. } => local(instant, zone(), "%Y-%m-%d %H:%M:%S %Z"),
            Clock::Utc => instant.to_string(),
        }
    }

    /// The day alone: `2026-11-23`.
    pub(crate) fn day(self, instant: Timestamp) -> String {
        match self {
            Clock::Local { zone, .. } => local(instant, zone(), "%Y-%m-%d"),
            Clock::Utc => instant.to_string().chars().take(10).collect(),
        }
    }
}

fn local(instant: Timestamp, zone: TimeZone, form: &str) -> String {
    let shown =
        jiff::Timestamp::from_second(instant.unix()).map(|instant| instant.to_zoned(zone).strftime(form).to_string());
    shown.unwrap_or_else(|_| instant.to_string())
}

/// The distance from `now`: `just now`, `5 minutes ago`, `in 2 days`. Only the largest unit is shown: rounded down for what is past, to the nearest for
/// what is to come, so that something eight hours long does not begin with `in 7 hours`.
pub(crate) fn relative(instant: Timestamp, now: Timestamp) -> String {
    let seconds = instant.unix().abs_diff(now.unix());
    let (length, unit) = match seconds {
        0..MINUTE => return "just now".into(),
        MINUTE..HOUR => (MINUTE, "minute"),
        HOUR..DAY => (HOUR, "hour"),
        _ if seconds < 60 * DAY => (DAY, "day"),
        _ if seconds < 730 * DAY => (30 * DAY, "month"),
        _ => (365 * DAY, "year"),
    };
    let is_past = instant < now;
    let number = if is_past { seconds / length } else { (seconds + length / 2) / length };
    let plural = if number == 1 { "" } else { "s" };
    if is_past { format!("{number} {unit}{plural} ago") } else { format!("in {number} {unit}{plural}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_hours_east() -> TimeZone {
        TimeZone::fixed(jiff::tz::offset(2))
    }

    #[test]
    fn a_terminal_shows_local_time_and_distances() {
        let (then, now): (Timestamp, Timestamp) =
            ("2026-11-20T23:00:59Z".parse().unwrap(), "2026-11-23T23:30:00Z".parse().unwrap());
        let clock = |is_exact| Clock::Local { now, zone: two_hours_east, is_exact };
        assert_eq!(clock(false).age(then), "3 days ago");
        assert_eq!(clock(true).age(then), "2026-11-21 01:00 +02");
        assert_eq!(clock(false).moment(then), "2026-11-21 01:00 +02 (3 days ago)");
        assert_eq!(clock(false).stamp(then), "2026-11-21 01:00");
        assert_eq!(clock(true).stamp(then), "2026-11-21 01:00:59 +02");
        assert_eq!(clock(false).day(then), "2026-11-21");
    }

    #[test]
    fn programs_get_utc_in_one_form() {
        let text = "2026-11-23T07:00:59Z";
        let instant = text.parse().unwrap();
        assert_eq!((Clock::Utc.age(instant), Clock::Utc.moment(instant)), (text.to_owned(), text.to_owned()));
        assert_eq!(Clock::Utc.stamp(instant), text);
        assert_eq!(Clock::Utc.day(instant), "2026-11-23");
    }

    #[test]
    fn distances_tell_their_largest_unit_and_direction() {
        let now = Timestamp::from_unix(2_000_000_000);
        let shown = |offset: i64| relative(Timestamp::from_unix(2_000_000_000 + offset), now);
        assert_eq!(shown(-59), "just now");
        assert_eq!(shown(-60), "1 minute ago");
        assert_eq!(shown(-7199), "1 hour ago");
        assert_eq!(shown(7199), "in 2 hours");
        assert_eq!(shown(-3 * 86_400), "3 days ago");
        assert_eq!(shown(90 * 86_400), "in 3 months");
        assert_eq!(shown(-800 * 86_400), "2 years ago");
    }
}
