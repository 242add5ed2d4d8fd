//! AWS cron expressions: six fields, on the hour, no year.
//!
//! The days are computed here, without a library: the fields must be parsed anyway to refuse what AWS refuses, and the
//! rest is comparing a date with a few sets.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::Offset;

use super::error::{CronField, ScheduleError};
use super::field::{self, DATES, HOURS, MONTHS, WEEKDAYS, bit};
use super::window::Window;
use crate::model::time::Timestamp;

/// How far ahead to search for a day. The rarest is the fifth of some weekday in a February, forty years away across
/// 2100.
const MONTHS_AHEAD: usize = 41 * 12;

/// The shortest step of hours.
const SHORTEST_STEP: u8 = 4;

/// A cron expression, kept as its canonical text and as what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cron {
    /// The six fields in capitals, with single spaces and without leading zeros; `/8` is `0/8`.
    text: String,
    /// In ascending order, never empty.
    hours: Vec<u8>,
    months: u32,
    days: Days,
}

/// The days of one of the two day fields. A day matches if it is in any of these sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Days {
    dates: u32,
    last_date: bool,
    weekdays: u32,
    /// The last Sunday, Monday … of a month.
    last_weekdays: u32,
    /// The first, second … fifth Sunday, Monday … of a month.
    nth_weekdays: [u32; 5],
}

impl Days {
    fn contains(&self, date: Date) -> bool {
        let weekday = bit(date.weekday().to_sunday_one_offset().unsigned_abs());
        let week = usize::from((date.day() - 1).unsigned_abs() / 7);
        let left = date.days_in_month() - date.day();
        self.dates & bit(date.day().unsigned_abs()) != 0
            || self.last_date && left == 0
            || self.weekdays & weekday != 0
            || self.last_weekdays & weekday != 0 && left < 7
            || self.nth_weekdays.get(week).is_some_and(|set| set & weekday != 0)
    }

    fn add_date(&mut self, item: &str) -> Option<()> {
        if item == "L" {
            self.last_date = true;
        } else if let Some(weekday) = item.strip_suffix('L') {
            self.last_weekdays |= bit(WEEKDAYS.name(weekday)?);
        } else {
            self.dates |= DATES.set(item)?;
        }
        Some(())
    }

    fn add_weekday(&mut self, item: &str) -> Option<()> {
        if item == "L" {
            self.weekdays |= bit(WEEKDAYS.highest);
        } else if let Some(weekday) = item.strip_suffix('L') {
            self.last_weekdays |= bit(WEEKDAYS.value(weekday)?);
        } else if let Some((weekday, nth)) = item.split_once('#') {
            let week = usize::from(field::number(nth)?).checked_sub(1)?;
            *self.nth_weekdays.get_mut(week)? |= bit(WEEKDAYS.value(weekday)?);
        } else {
            self.weekdays |= WEEKDAYS.set(item)?;
        }
        Some(())
    }

    fn read(dates: &str, weekdays: &str) -> Result<Self, ScheduleError> {
        let mut days = Days::default();
        match (dates, weekdays) {
            ("?", "?") => return Err(ScheduleError::Question),
            ("?", list) => list
                .split(',')
                .try_for_each(|item| days.add_weekday(item))
                .ok_or(ScheduleError::Field { field: CronField::DayOfWeek })?,
            (list, other) => {
                list.split(',')
                    .try_for_each(|item| days.add_date(item))
                    .ok_or(ScheduleError::Field { field: CronField::DayOfMonth })?;
                if other != "?" {
                    return Err(ScheduleError::Question);
                }
            }
        }
        Ok(days)
    }
}

impl Cron {
    /// Whether it opens windows by a step of hours, more than one a day.
    pub(super) fn is_hourly(&self) -> bool {
        self.hours.len() > 1
    }

    pub(super) fn longest(&self) -> Window {
        let ends = self.hours.iter().skip(1).chain([&24]);
        let shortest = self.hours.iter().zip(ends).map(|(hour, end)| end - hour).min();
        Window::hours(shortest.map_or(1, u32::from))
    }

    /// The first opening after `after`, in seconds of Unix time; `None` if the calendar ends before.
    pub(super) fn opening(&self, after: Timestamp) -> Option<i64> {
        let today = Offset::UTC.to_datetime(jiff::Timestamp::from_second(after.unix()).ok()?).date();
        let later = |day: Date| {
            let mut openings = self.hours.iter().filter_map(move |hour| instant(day, *hour));
            openings.find(|opening| *opening > after.unix())
        };
        let day = self.day(today)?;
        later(day).or_else(|| later(self.day(day.tomorrow().ok()?)?))
    }

    /// The first day of the expression that is not before `from`.
    fn day(&self, from: Date) -> Option<Date> {
        let mut start = from;
        for _ in 0..MONTHS_AHEAD {
            if self.months & bit(start.month().unsigned_abs()) != 0 {
                let dates = (start.day()..=start.days_in_month()).filter_map(|day| start.with().day(day).build().ok());
                if let Some(day) = dates.into_iter().find(|date| self.days.contains(*date)) {
                    return Some(day);
                }
            }
            start = start.last_of_month().tomorrow().ok()?;
        }
        None
    }
}

fn instant(day: Date, hour: u8) -> Option<i64> {
    let opening = day.at(i8::try_from(hour).ok()?, 0, 0, 0);
    Offset::UTC.to_timestamp(opening).ok().map(jiff::Timestamp::as_second)
}

/// `3`, `2/10` or `/8`.
fn read_hours(text: &str) -> Option<Vec<u8>> {
    let Some((first, step)) = text.split_once('/') else {
        return HOURS.value(text).map(|hour| vec![hour]);
    };
    let first = HOURS.value(if first.is_empty() { "0" } else { first })?;
    let step = field::number(step).filter(|step| (SHORTEST_STEP..=HOURS.highest).contains(step))?;
    Some((first..=HOURS.highest).step_by(usize::from(step)).collect())
}

impl FromStr for Cron {
    type Err = ScheduleError;

    /// Reads the six fields, without `cron()` around them.
    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let fields: Vec<String> = text.split_whitespace().map(field::canonical).collect();
        let [minutes, hour, dates, month, weekdays, year] = fields.as_slice() else {
            return Err(ScheduleError::Fields(fields.len()));
        };
        let wrong = |field| move || ScheduleError::Field { field };
        (minutes == "0").then_some(()).ok_or_else(wrong(CronField::Minutes))?;
        let hours = read_hours(hour).ok_or_else(wrong(CronField::Hours))?;
        let sets = month.split(',').map(|item| MONTHS.set(item));
        let months = sets.reduce(|all, set| Some(all? | set?)).flatten().ok_or_else(wrong(CronField::Month))?;
        let days = Days::read(dates, weekdays)?;
        (year == "*").then_some(()).ok_or_else(wrong(CronField::Year))?;
        let zero = if hour.starts_with('/') { "0" } else { "" };
        let text = format!("{minutes} {zero}{hour} {dates} {month} {weekdays} {year}");
        let cron = Cron { text, hours, months, days };
        // Every day that there is comes round within these years.
        cron.opening(Timestamp::from_unix(0)).map(|_| cron).ok_or(ScheduleError::Never)
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cron(text: &str) -> Cron {
        text.parse().unwrap()
    }

    /// The first `count` openings after an instant.
    fn openings(text: &str, after: &str, count: usize) -> Vec<String> {
        let cron = cron(text);
        let step = |at: &Timestamp| cron.opening(*at).map(Timestamp::from_unix);
        let first = step(&after.parse().unwrap());
        std::iter::successors(first, step).take(count).map(|at| at.to_string().replace(":00:00Z", "")).collect()
    }

    #[test]
    fn a_step_of_hours_restarts_each_day() {
        let after = "2026-11-23T11:59:59Z";
        let expected = ["2026-11-23T12", "2026-11-23T22", "2026-11-24T02", "2026-11-24T12"];
        assert_eq!(openings("0 2/10 * * ? *", after, 4), expected);
        let expected = ["2026-11-23T16", "2026-11-24T00", "2026-11-24T08"];
        assert_eq!(openings("0 /8 * * ? *", after, 3), expected);
        assert_eq!(openings("0 0/8 * * ? *", after, 3), expected);
    }

    #[test]
    fn days_of_a_month() {
        let after = "2027-01-01T03:00:00Z";
        assert_eq!(openings("0 3 1 * ? *", after, 2), ["2027-02-01T03", "2027-03-01T03"]);
        assert_eq!(openings("0 3 L * ? *", after, 3), ["2027-01-31T03", "2027-02-28T03", "2027-03-31T03"]);
        assert_eq!(openings("0 3 SUNL * ? *", after, 2), ["2027-01-31T03", "2027-02-28T03"]);
        assert_eq!(openings("0 3 31 * ? *", after, 3), ["2027-01-31T03", "2027-03-31T03", "2027-05-31T03"]);
        assert_eq!(openings("0 3 15,L JAN,FEB ? *", after, 3), ["2027-01-15T03", "2027-01-31T03", "2027-02-15T03"]);
        assert_eq!(openings("0 3 1/20 * ? *", after, 2), ["2027-01-21T03", "2027-02-01T03"]);
    }

    #[test]
    fn days_of_a_week_begin_with_sunday() {
        let after = "2026-11-23T12:00:00Z"; // A Monday.
        assert_eq!(openings("0 3 ? * 1 *", after, 1), ["2026-11-29T03"]);
        assert_eq!(openings("0 3 ? * SUN *", after, 1), ["2026-11-29T03"]);
        assert_eq!(openings("0 3 ? * L *", after, 2), ["2026-11-28T03", "2026-12-05T03"]);
        assert_eq!(openings("0 3 ? * MON-FRI *", after, 5)[3..], ["2026-11-27T03", "2026-11-30T03"]);
        assert_eq!(openings("0 3 ? * TUE#3 *", after, 2), ["2026-12-15T03", "2027-01-19T03"]);
        assert_eq!(openings("0 3 ? * SUN#1 *", after, 2), ["2026-12-06T03", "2027-01-03T03"]);
        assert_eq!(openings("0 3 ? * SUNL *", after, 2), ["2026-11-29T03", "2026-12-27T03"]);
        assert_eq!(openings("0 3 ? * 5L *", after, 2), ["2026-11-26T03", "2026-12-31T03"]);
    }

    #[test]
    fn rare_days_are_found_and_days_that_never_come_refused() {
        assert_eq!(openings("0 0 29 2 ? *", "2096-03-01T00:00:00Z", 1), ["2104-02-29T00"]);
        // Across 2100, the next February with five Thursdays is forty years away.
        assert_eq!(openings("0 0 ? FEB THU#5 *", "2080-03-01T00:00:00Z", 1), ["2120-02-29T00"]);
        for weekday in 1..=7 {
            cron(&format!("0 0 ? FEB {weekday}#5 *"));
        }
        for never in ["0 0 30 2 ? *", "0 0 31 APR,JUN,SEP,NOV ? *", "0 0 30-31 FEB ? *"] {
            assert_eq!(never.parse::<Cron>(), Err(ScheduleError::Never), "{never}");
        }
    }

    #[test]
    fn the_calendar_ends() {
        assert_eq!(openings("0 3 1 * ? *", "9999-12-01T02:00:00Z", 9), ["9999-12-01T03"]);
        assert_eq!(openings("0 3 1 * ? *", "1970-01-01T00:00:00Z", 1), ["1970-01-01T03"]);
    }

    #[test]
    fn each_field_is_refused_by_its_name() {
        use CronField::{DayOfMonth, DayOfWeek, Hours, Minutes, Month, Year};
        for (field, texts) in [
            (Minutes, vec!["5 3 1 * ? *", "* 3 1 * ? *", "0/5 3 1 * ? *", "0,0 3 1 * ? *"]),
            (
                Hours,
                vec!["0 24 1 * ? *", "0 * 1 * ? *", "0 1,5 1 * ? *", "0 0/3 1 * ? *", "0 1-5 1 * ? *", "0 / 1 * ? *"],
            ),
            (
                DayOfMonth,
                vec!["0 3 0 * ? *", "0 3 32 * ? *", "0 3 5L * ? *", "0 3 1W * ? *", "0 3 L-3 * ? *", "0 3 1, * ? *"],
            ),
            (DayOfMonth, vec!["0 3 MON#1 * ? *", "0 3 7-1 * ? *", "0 3 ?,1 * ? *", "0 3 LL * ? *"]),
            (
                Month,
                vec!["0 3 1 0 ? *", "0 3 1 13 ? *", "0 3 1 ? ? *", "0 3 1 MAI ? *", "0 3 1 NOV-FEB ? *", "0 3 1 L ? *"],
            ),
            (DayOfWeek, vec!["0 3 ? * 0 *", "0 3 ? * 8 *", "0 3 ? * MON#0 *", "0 3 ? * MON#6 *", "0 3 ? * #1 *"]),
            (DayOfWeek, vec!["0 3 ? * FRI-MON *", "0 3 ? * SO *", "0 3 ? * 2#1#1 *", "0 3 ? * 8L *", "0 3 ? * ,2 *"]),
            (Year, vec!["0 3 1 * ? 2027", "0 3 1 * ? ?"]),
        ] {
            for text in texts {
                assert_eq!(text.parse::<Cron>(), Err(ScheduleError::Field { field }), "{text}");
            }
        }
        for text in ["0 3 ? * ? *", "0 3 * * * *", "0 3 1 * MON *"] {
            assert_eq!(text.parse::<Cron>(), Err(ScheduleError::Question), "{text}");
        }
        assert_eq!("0 3 1 * ?".parse::<Cron>(), Err(ScheduleError::Fields(5)));
        assert_eq!("".parse::<Cron>(), Err(ScheduleError::Fields(0)));
        let error = "0 3 1 * ? 2027".parse::<Cron>().unwrap_err();
        assert_eq!(error.to_string(), "the year of the cron expression must be `*`");
    }

    #[test]
    fn a_window_reaches_neither_the_next_one_nor_the_next_day() {
        let longest = |text: &str| cron(text).longest().to_string();
        assert_eq!(longest("0 3 1 * ? *"), "21h");
        assert_eq!(longest("0 0 1 * ? *"), "24h");
        assert_eq!(longest("0 /8 * * ? *"), "8h");
        assert_eq!(longest("0 2/10 * * ? *"), "2h");
        assert_eq!(longest("0 20/8 * * ? *"), "4h");
    }

    /// A day as the brute force sees it: nothing but a count of days, from a Thursday.
    #[derive(Clone, Copy)]
    struct Civil {
        month: u32,
        day: u32,
        length: u32,
        /// 1 is Sunday.
        weekday: u32,
    }

    /// The days from 2098 to 2109, by counting them, with their numbers since 1970.
    fn calendar() -> Vec<(i64, Civil)> {
        let mut days = Vec::new();
        let mut number = 0;
        for year in 1970..2110 {
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let february = if leap { 29 } else { 28 };
            for (month, length) in (1..).zip([31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
                for day in 1..=length {
                    let weekday = (number + 4) % 7 + 1;
                    if year >= 2098 {
                        days.push((i64::from(number), Civil { month, day, length, weekday }));
                    }
                    number += 1;
                }
            }
        }
        days
    }

    type Rule = Box<dyn Fn(Civil) -> bool>;

    /// The fields of days that the brute force knows, as their texts and what they mean.
    fn day_rule(form: u32, a: u32, b: u32) -> (String, String, Rule) {
        let (date, step, weekday, nth) = (a % 31 + 1, b % 30 + 1, a % 7 + 1, b % 5 + 1);
        let name = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"][(a % 7) as usize];
        let to = date.max(b % 31 + 1);
        let of_month = |text: String, rule: Rule| (text, "?".to_owned(), rule);
        let of_week = |text: String, rule: Rule| ("?".to_owned(), text, rule);
        match form {
            0 => of_month(format!("{date}"), Box::new(move |on| on.day == date)),
            1 => of_month(format!("{date}-{to}"), Box::new(move |on| (date..=to).contains(&on.day))),
            2 => of_month(
                format!("{date}/{step}"),
                Box::new(move |on| on.day >= date && (on.day - date).is_multiple_of(step)),
            ),
            3 => of_month(format!("L,{date}"), Box::new(move |on| on.day == on.length || on.day == date)),
            4 => of_month(format!("{name}L"), Box::new(move |on| on.weekday == weekday && on.day + 7 > on.length)),
            5 => of_week(format!("{weekday}"), Box::new(move |on| on.weekday == weekday)),
            6 => of_week(
                format!("{name}#{nth}"),
                Box::new(move |on| on.weekday == weekday && (nth * 7 - 6..=nth * 7).contains(&on.day)),
            ),
            7 => of_week(format!("{weekday}L"), Box::new(move |on| on.weekday == weekday && on.day + 7 > on.length)),
            8 => of_week(format!("{weekday}-7"), Box::new(move |on| on.weekday >= weekday)),
            _ => of_week(
                format!("{name}/2,SAT"),
                Box::new(move |on| on.weekday == 7 || on.weekday >= weekday && (on.weekday - weekday) % 2 == 0),
            ),
        }
    }

    proptest! {
        /// Every opening of some months or years on both sides of 2100, against a count of days that knows no library.
        #[test]
        fn openings_agree_with_a_count_of_days(
            form in 0..10_u32, a in 0..1000_u32, b in 0..1000_u32, first in 0..24_i64, step in 4..24_usize,
            stepped in any::<bool>(), from in 1..=12_u32, to in 1..=12_u32,
        ) {
            let (dates, weekdays, rule) = day_rule(form, a, b);
            let hours: Vec<i64> = if stepped { (first..24).step_by(step).collect() } else { vec![first] };
            let hour = if stepped { format!("{first}/{step}") } else { first.to_string() };
            let (from, to) = (from.min(to), from.max(to));
            let Ok(cron) = format!("0 {hour} {dates} {from}-{to} {weekdays} *").parse::<Cron>() else {
                // Only what never comes: a date beyond the end of these months.
                prop_assert!(calendar().iter().all(|(_, on)| !(from..=to).contains(&on.month) || !rule(*on)));
                return Ok(());
            };
            let days = calendar();
            let meant = days.iter().filter(|(_, on)| (from..=to).contains(&on.month) && rule(*on));
            let expected: Vec<i64> =
                meant.flat_map(|(day, _)| hours.iter().map(move |hour| day * 86_400 + hour * 3600)).take(400).collect();
            let start = days[0].0 * 86_400 - 1;
            let next = |at: &i64| cron.opening(Timestamp::from_unix(*at));
            let found: Vec<i64> = std::iter::successors(next(&start), next).take(expected.len()).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
