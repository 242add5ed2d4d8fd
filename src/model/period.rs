//! Periods: whole hours or days, as people write them: `12h`, `30d`, `2w`.

use std::fmt;
use std::str::FromStr;

use super::time::{DAY, HOUR, Timestamp};
use super::written::{UnknownWord, words};

/// The longest period in either unit: a hundred years of hours, and far more days than a calendar has.
const LONGEST: u32 = 876_600;

/// A length of time of at least one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Period {
    number: u32,
    unit: Unit,
}

words! {
    /// What a period is counted in, in the words of policies.
    pub(crate) enum Unit, UnknownWord {
        /// 3,600 seconds.
        Hours = "Hours",
        /// 86,400 seconds, whatever a calendar says.
        Days = "Days",
    }
}

/// A text that is not a period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a period must be a number of hours, days or weeks such as `12h`, `30d` or `2w`")]
pub(crate) struct PeriodError;

impl Period {
    /// Seven days.
    pub(crate) const WEEK: Period = Period { number: 7, unit: Unit::Days };

    /// The longest one.
    pub(crate) const LONGEST: Period = Period { number: LONGEST, unit: Unit::Days };

    /// A period of `number` hours or days; `None` for zero, or for more than a hundred years of hours.
    pub(crate) fn new(number: u32, unit: Unit) -> Option<Self> {
        (1..=LONGEST).contains(&number).then_some(Period { number, unit })
    }

    /// How many of its unit.
    pub(crate) fn number(self) -> u32 {
        self.number
    }

    /// Hours or days.
    pub(crate) fn unit(self) -> Unit {
        self.unit
    }

    /// Its length in seconds.
    pub(crate) fn seconds(self) -> i64 {
        let unit = match self.unit {
            Unit::Hours => HOUR,
            Unit::Days => DAY,
        };
        i64::from(self.number) * unit
    }

    /// The instant this long before `end`.
    pub(crate) fn before(self, end: Timestamp) -> Timestamp {
        Timestamp::from_unix(end.unix().saturating_sub(self.seconds()))
    }

    /// The instant this long after `start`.
    pub(crate) fn after(self, start: Timestamp) -> Timestamp {
        Timestamp::from_unix(start.unix().saturating_add(self.seconds()))
    }
}

impl FromStr for Period {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let digits = text.trim_end_matches(['h', 'd', 'w']);
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(PeriodError);
        }
        let number: u32 = digits.parse().map_err(|_| PeriodError)?;
        let period = match &text[digits.len()..] {
            "h" => Period::new(number, Unit::Hours),
            "d" => Period::new(number, Unit::Days),
            "w" => number.checked_mul(7).and_then(|days| Period::new(days, Unit::Days)),
            _ => None,
        };
        period.ok_or(PeriodError)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            Unit::Hours => 'h',
            Unit::Days => 'd',
        };
        write!(f, "{}{unit}", self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_read_hours_days_and_weeks() {
        let seconds = |text: &str| text.parse::<Period>().unwrap().seconds();
        assert_eq!(seconds("12h"), 43_200);
        assert_eq!(seconds("30d"), 2_592_000);
        assert_eq!("2w".parse::<Period>().unwrap().to_string(), "14d");
    }

    #[test]
    fn periods_are_positive_whole_and_bounded() {
        for bad in ["", "d", "0d", "-1d", "+1d", "1.5d", "30", "30dd", "30 d", "30m", "4000000000w", "999999d", "1é"] {
            assert!(bad.parse::<Period>().is_err(), "{bad}");
        }
    }

    #[test]
    fn adding_a_period_stays_in_the_range_of_instants() {
        let start: Timestamp = "2026-11-23T07:00:00Z".parse().unwrap();
        assert_eq!("1d".parse::<Period>().unwrap().after(start).to_string(), "2026-11-24T07:00:00Z");
        let late: Timestamp = "9000-01-01T00:00:00Z".parse().unwrap();
        assert!("876600d".parse::<Period>().unwrap().after(late).to_string().starts_with("9999-"));
    }
}
