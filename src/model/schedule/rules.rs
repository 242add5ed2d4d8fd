//! Rotation rules: a schedule and how long its windows stay open.

use super::error::ScheduleError;
use super::schedule::Schedule;
use super::window::Window;
use crate::model::time::Timestamp;

/// When a secret is to be rotated. The window fits the schedule, or there are no rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    schedule: Schedule,
    window: Option<Window>,
}

impl Rules {
    /// Rules with this window; without one, a window by the hour is one hour long, any other reaches to the end of its
    /// UTC day.
    pub(crate) fn new(schedule: Schedule, window: Option<Window>) -> Result<Self, ScheduleError> {
        let longest = schedule.longest();
        match window {
            Some(window) if window > longest => Err(ScheduleError::TooLong(longest)),
            _ => Ok(Rules { schedule, window }),
        }
    }

    /// When windows open.
    pub(crate) fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// How long they stay open, if configured.
    pub(crate) fn window(&self) -> Option<Window> {
        self.window
    }

    /// The window that is open at `now`, or the next one, as its first second and the one after its last.
    ///
    /// `since` is the last successful rotation, or the moment when the rules were made if there was none; with
    /// [`Schedule::Every`] also the last manual change, if that is later. A window that opened at or before `since` is
    /// used up. A `since` after `now`, left by a wrong clock, is trusted: the window is one after it. `None` at the end
    /// of the calendar.
    pub(crate) fn next_window(&self, since: Timestamp, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let length = self.length();
        // A window that opened before this one did has closed.
        let closed = Timestamp::from_unix(now.unix() - length);
        let opens = self.schedule.opening(since, since.max(closed))?;
        Some((representable(opens)?, representable(opens + length)?))
    }

    /// Whether a rotation is due: a window has opened since the last one.
    ///
    /// If a window was missed completely, the rotation stays due. AWS would wait for the next window; a laptop that
    /// sleeps at night would then never rotate.
    pub(crate) fn due(&self, since: Timestamp, now: Timestamp) -> bool {
        self.next_window(since, since).is_some_and(|(opens, _)| opens <= now)
    }

    /// NextRotationDate: the last second of the first window after `since`. If it is in the past, a rotation is late.
    pub(crate) fn next_rotation(&self, since: Timestamp) -> Option<Timestamp> {
        let (_, closes) = self.next_window(since, since)?;
        Some(Timestamp::from_unix(closes.unix() - 1))
    }

    /// The length of a window in seconds.
    fn length(&self) -> i64 {
        let default = || if self.schedule.is_hourly() { Window::HOUR } else { self.schedule.longest() };
        self.window.unwrap_or_else(default).seconds()
    }
}

/// The instant of these seconds, unless it would have to be cut.
fn representable(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp::from_unix(seconds)).filter(|instant| instant.unix() == seconds)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn rules(schedule: &str) -> Rules {
        Rules::new(schedule.parse().unwrap(), None).unwrap()
    }

    fn with_window(schedule: &str, window: &str) -> Result<Rules, ScheduleError> {
        Rules::new(schedule.parse().unwrap(), Some(window.parse().unwrap()))
    }

    fn window(rules: &Rules, since: &str, now: &str) -> String {
        let (opens, closes) = rules.next_window(at(since), at(now)).unwrap();
        format!("{opens} {closes}")
    }

    #[test]
    fn days_open_at_midnight_and_close_with_the_day() {
        for schedule in ["30d", "rate(30 days)"] {
            let found = window(&rules(schedule), "2026-11-23T07:00:00Z", "2026-11-23T07:00:00Z");
            assert_eq!(found, "2026-12-23T00:00:00Z 2026-12-24T00:00:00Z");
        }
        let found = window(&with_window("30d", "3h").unwrap(), "2026-11-23T00:00:00Z", "2026-11-23T07:00:00Z");
        assert_eq!(found, "2026-12-23T00:00:00Z 2026-12-23T03:00:00Z");
    }

    #[test]
    fn hours_are_counted_from_midnight_and_last_one_hour() {
        let rules = rules("rate(6 hours)");
        let found = window(&rules, "2026-11-23T07:00:00Z", "2026-11-23T07:00:00Z");
        assert_eq!(found, "2026-11-23T12:00:00Z 2026-11-23T13:00:00Z");
        let found = window(&rules, "2026-11-23T18:00:00Z", "2026-11-23T18:00:00Z");
        assert_eq!(found, "2026-11-24T00:00:00Z 2026-11-24T01:00:00Z");
    }

    #[test]
    fn a_rate_that_does_not_divide_the_day_keeps_its_distance() {
        let rules = rules("rate(10 hours)");
        let step = |since: &Timestamp| rules.next_window(*since, *since).map(|(opens, _)| opens);
        let openings: Vec<i64> =
            std::iter::successors(step(&at("2026-11-23T07:00:00Z")), step).take(20).map(Timestamp::unix).collect();
        assert!(openings.windows(2).all(|pair| pair[1] - pair[0] == 36_000));
    }

    #[test]
    fn cron_windows_last_to_the_end_of_the_day_or_by_the_hour_one_hour() {
        let now = "2026-11-23T07:00:00Z";
        let found = window(&rules("cron(0 3 1 * ? *)"), now, now);
        assert_eq!(found, "2026-12-01T03:00:00Z 2026-12-02T00:00:00Z");
        let found = window(&rules("cron(0 /8 * * ? *)"), now, now);
        assert_eq!(found, "2026-11-23T08:00:00Z 2026-11-23T09:00:00Z");
    }

    #[test]
    fn a_window_stays_clear_of_the_next_one_and_of_the_next_day() {
        for (schedule, fits, too_long) in [
            ("cron(0 20 * * ? *)", "4h", "5h"),
            ("cron(0 /8 * * ? *)", "8h", "9h"),
            ("cron(0 2/10 * * ? *)", "2h", "3h"),
            ("rate(4 hours)", "4h", "5h"),
            ("rate(10 hours)", "2h", "3h"),
            ("rate(5 hours)", "1h", "2h"),
        ] {
            assert!(with_window(schedule, fits).is_ok(), "{schedule}");
            assert_eq!(
                with_window(schedule, too_long),
                Err(ScheduleError::TooLong(fits.parse().unwrap())),
                "{schedule}"
            );
        }
        for schedule in ["30d", "rate(1 day)", "rate(48 hours)", "cron(0 0 1 * ? *)"] {
            assert!(with_window(schedule, "24h").is_ok(), "{schedule}");
        }
    }

    #[test]
    fn a_rotation_is_due_from_the_opening_on_until_it_succeeded() {
        let rules = with_window("cron(0 3 * * ? *)", "3h").unwrap();
        let since = at("2026-11-23T03:10:00Z");
        for (now, due) in [
            ("2026-11-23T04:00:00Z", false), // The window of the last rotation is used up.
            ("2026-11-24T02:59:59Z", false),
            ("2026-11-24T03:00:00Z", true),
            ("2026-11-24T12:00:00Z", true), // Missed, and due at once.
            ("2026-12-24T12:00:00Z", true),
        ] {
            assert_eq!(rules.due(since, at(now)), due, "{now}");
        }
        assert!(!rules.due(at("2026-11-24T12:00:00Z"), at("2026-11-25T02:59:59Z")));
    }

    #[test]
    fn a_missed_window_is_passed_over_when_the_next_one_is_asked_for() {
        let rules = with_window("cron(0 3 * * ? *)", "3h").unwrap();
        let since = "2026-11-23T03:10:00Z";
        assert!(window(&rules, since, "2026-11-24T05:59:59Z").starts_with("2026-11-24T03"));
        assert!(window(&rules, since, "2026-11-24T06:00:00Z").starts_with("2026-11-25T03"));
        let days = self::rules("30d");
        assert!(window(&days, "2026-11-23T07:00:00Z", "2026-12-25T00:00:00Z").starts_with("2027-01-22T00"));
    }

    #[test]
    fn the_next_rotation_is_the_last_moment_of_the_window_even_in_the_past() {
        let next = |schedule| rules(schedule).next_rotation(at("2026-11-23T07:00:00Z")).unwrap().to_string();
        assert_eq!(next("30d"), "2026-12-23T23:59:59Z");
        assert_eq!(next("rate(4 hours)"), "2026-11-23T08:59:59Z");
        assert_eq!(next("cron(0 3 1 * ? *)"), "2026-12-01T23:59:59Z");
    }

    #[test]
    fn a_clock_that_went_back_makes_nothing_due() {
        for schedule in ["1d", "rate(1 day)", "rate(4 hours)", "cron(0 /4 * * ? *)"] {
            let (since, now) = (at("2099-01-01T00:00:00Z"), at("1970-01-01T00:00:00Z"));
            assert!(!rules(schedule).due(since, now));
            assert!(rules(schedule).next_window(since, now).unwrap().0 > since);
        }
    }

    #[test]
    fn the_calendar_ends_without_a_window() {
        let end = Timestamp::from_unix(i64::MAX);
        for schedule in ["1d", "rate(1000 days)", "rate(4 hours)", "cron(0 3 1 * ? *)", "cron(0 0 29 2 ? *)"] {
            assert_eq!(rules(schedule).next_window(end, end), None, "{schedule}");
            assert_eq!(rules(schedule).next_rotation(end), None, "{schedule}");
            assert!(!rules(schedule).due(end, end));
        }
    }

    fn any_rules() -> impl Strategy<Value = Rules> {
        let schedules = prop_oneof![
            (1..=1000_u32).prop_map(|days| format!("{days} days")),
            (1..=1000_u32).prop_map(|days| format!("rate({days} days)")),
            (4..=2000_u32).prop_map(|hours| format!("rate({hours} hours)")),
            (0..24_u32, 1..=7_u32, 1..=5_u32).prop_map(|(hour, day, nth)| format!("cron(0 {hour} ? * {day}#{nth} *)")),
            (0..24_u32, 4..24_u32).prop_map(|(hour, step)| format!("cron(0 {hour}/{step} L * ? *)")),
        ];
        (schedules, 0..=24_u8).prop_map(|(schedule, hours)| {
            let schedule: Schedule = schedule.parse().unwrap();
            let window = format!("{hours}h").parse().ok().map(|window: Window| window.min(schedule.longest()));
            Rules::new(schedule, window).unwrap()
        })
    }

    proptest! {
        #[test]
        fn windows_open_after_the_last_one_and_lie_within_one_day(
            rules in any_rules(), since in 0..9_000_000_000_i64, wait in -1_000_000_000..1_000_000_000_i64,
        ) {
            let (since, now) = (Timestamp::from_unix(since), Timestamp::from_unix(since + wait));
            let (opens, closes) = rules.next_window(since, now).unwrap();
            prop_assert!(opens > since && closes > opens && closes > now);
            prop_assert_eq!(opens.unix() / 86_400, (closes.unix() - 1) / 86_400);
            // A rotation inside the window uses it up, and the next one does not overlap.
            let (next, _) = rules.next_window(opens, opens).unwrap();
            prop_assert!(next >= closes);
            prop_assert_eq!(rules.next_window(Timestamp::from_unix(closes.unix() - 1), opens).unwrap().0, next);
        }

        #[test]
        fn once_due_stays_due(
            rules in any_rules(), since in 0..9_000_000_000_i64, wait in 0..200_000_000_i64, more in 0..200_000_000_i64,
        ) {
            let instant = Timestamp::from_unix;
            let (opens, closes) = rules.next_window(instant(since), instant(since)).unwrap();
            let due = |now| rules.due(instant(since), instant(now));
            prop_assert!(!due(opens.unix() - 1) && due(opens.unix()) && due(closes.unix()));
            prop_assert!(!due(since + wait) || due(since + wait + more));
            prop_assert_eq!(rules.next_rotation(instant(since)).map(Timestamp::unix), Some(closes.unix() - 1));
        }
    }
}
