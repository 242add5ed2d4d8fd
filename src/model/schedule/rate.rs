//! Rates: N days after something, or every N hours.

use std::fmt;

use super::error::ScheduleError;
use super::window::Window;
use crate::model::period::{Period, Unit};
use crate::model::time::{DAY, Timestamp};

/// A number of days, 1 to 1000 (the service's limit of AutomaticallyAfterDays).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Days(u32);

/// A number of hours, at least 4, or of days. At most 1000 days, so that both ways to say it have one limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate(Period);

impl Days {
    const LIMIT: u32 = 1000;

    /// A number of days.
    pub(crate) fn new(number: u32) -> Result<Self, ScheduleError> {
        match number {
            0 => Err(ScheduleError::Form),
            1..=Self::LIMIT => Ok(Days(number)),
            _ => Err(ScheduleError::TooSeldom),
        }
    }

    /// How many.
    pub(crate) fn number(self) -> u32 {
        self.0
    }

    /// The first midnight after `after` that lies a multiple of these days after the midnight before `since`.
    pub(super) fn opening(self, since: Timestamp, after: Timestamp) -> i64 {
        let start = since.unix() - since.unix() % DAY;
        next_multiple(start, i64::from(self.0) * DAY, after.unix())
    }
}

impl Rate {
    /// The shortest rate, in hours.
    const SHORTEST: u32 = 4;

    /// A rate of this period.
    pub(crate) fn new(period: Period) -> Result<Self, ScheduleError> {
        match period.unit() {
            Unit::Hours if period.number() < Self::SHORTEST => Err(ScheduleError::TooOften),
            Unit::Hours if period.number() > Days::LIMIT * 24 => Err(ScheduleError::TooSeldom),
            Unit::Days if period.number() > Days::LIMIT => Err(ScheduleError::TooSeldom),
            _ => Ok(Rate(period)),
        }
    }

    pub(super) fn period(self) -> Period {
        self.0
    }

    pub(super) fn unit(self) -> Unit {
        self.0.unit()
    }

    /// The first opening after `after`.
    ///
    /// Days are counted from the day of `since`. Hours are counted from the midnight at which 1970 began: with a rate
    /// that divides 24, these are the same hours of each day, the first of them midnight; with any other, windows
    /// stay that far apart, and a late rotation does not shift them.
    pub(super) fn opening(self, since: Timestamp, after: Timestamp) -> i64 {
        match self.unit() {
            Unit::Hours => next_multiple(0, self.0.seconds(), after.unix()),
            Unit::Days => Days(self.0.number()).opening(since, after),
        }
    }

    /// Windows of hours open at multiples of the greatest common divisor of the rate and a day.
    pub(super) fn longest(self) -> Window {
        match self.unit() {
            Unit::Hours => Window::hours(divisor(24, self.0.number())),
            Unit::Days => Window::DAY,
        }
    }
}

/// The first `start + k * step` after `after`, which is not before `start`.
fn next_multiple(start: i64, step: i64, after: i64) -> i64 {
    start + ((after - start) / step + 1) * step
}

/// The greatest common divisor.
fn divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { divisor(b, a % b) }
}

/// `30 days`, `1 hour`: a number, white space and a unit.
pub(super) fn counted(text: &str) -> Option<Period> {
    let (number, unit) = text.trim().split_once(char::is_whitespace)?;
    let unit = match unit.trim_start() {
        "hour" | "hours" => Unit::Hours,
        "day" | "days" => Unit::Days,
        _ => return None,
    };
    // `parse` alone would accept a sign.
    if number.starts_with('+') { None } else { Period::new(number.parse().ok()?, unit) }
}

fn write_counted(f: &mut fmt::Formatter<'_>, number: u32, unit: &str) -> fmt::Result {
    write!(f, "{number} {unit}{}", if number == 1 { "" } else { "s" })
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_counted(f, self.0, "day")
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit() {
            Unit::Hours => "hour",
            Unit::Days => "day",
        };
        write_counted(f, self.0.number(), unit)
    }
}
