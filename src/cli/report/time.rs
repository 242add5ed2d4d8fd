//! Instants for people: `2026-11-23 07:00 UTC`, `3 days ago`. JSON has [`Timestamp`]'s own form.

use std::time::Duration;

use jiff::SignedDuration;

use crate::model::time::Timestamp;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A duration as users write it: `90s`, `1h30m`.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    text.parse::<SignedDuration>().ok().and_then(|given| given.try_into().ok())
}

/// The instant to the minute, in UTC and saying so.
pub(crate) fn absolute(instant: Timestamp) -> String {
    let text = instant.to_string();
    // The canonical form has fixed places: date, `T`, time to the second, `Z`.
    match (text.get(..10), text.get(11..16)) {
        (Some(date), Some(time)) => format!("{date} {time} UTC"),
        _ => text,
    }
}

/// The distance from `now`: `just now`, `5 minutes ago`, `in 2 days`. Only the largest unit is shown, rounded down.
pub(crate) fn relative(instant: Timestamp, now: Timestamp) -> String {
    let seconds = instant.unix().abs_diff(now.unix());
    let (number, unit) = match seconds {
        0..MINUTE => return "just now".into(),
        MINUTE..HOUR => (seconds / MINUTE, "minute"),
        HOUR..DAY => (seconds / HOUR, "hour"),
        _ if seconds < 60 * DAY => (seconds / DAY, "day"),
        _ if seconds < 730 * DAY => (seconds / (30 * DAY), "month"),
        _ => (seconds / (365 * DAY), "year"),
    };
    let plural = if number == 1 { "" } else { "s" };
    if instant < now { format!("{number} {unit}{plural} ago") } else { format!("in {number} {unit}{plural}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zone_is_always_said() {
        assert_eq!(absolute("2026-11-23T07:00:59Z".parse().unwrap()), "2026-11-23 07:00 UTC");
    }

    #[test]
    fn distances_tell_their_largest_unit_and_direction() {
        let now = Timestamp::from_unix(2_000_000_000);
        let shown = |offset: i64| relative(Timestamp::from_unix(2_000_000_000 + offset), now);
        assert_eq!(shown(-59), "just now");
        assert_eq!(shown(-60), "1 minute ago");
        assert_eq!(shown(7199), "in 1 hour");
        assert_eq!(shown(-3 * 86_400), "3 days ago");
        assert_eq!(shown(90 * 86_400), "in 3 months");
        assert_eq!(shown(-800 * 86_400), "2 years ago");
    }
}
