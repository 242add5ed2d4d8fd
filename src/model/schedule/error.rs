//! Why a text is not a schedule, or a window does not fit.

use std::fmt;

use super::window::Window;

/// Why rotation rules are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ScheduleError {
    /// None of the forms.
    #[error("a schedule must be a period such as `30d`, or `rate(30 days)`, `rate(12 hours)` or `cron(0 3 1 * ? *)`")]
    Form,
    /// A rate that is not a number and a unit.
    #[error("a rate must be a number of hours or days, such as `rate(12 hours)` or `rate(30 days)`")]
    Rate,
    /// Less than four hours between two windows.
    #[error("the rotation interval must be at least 4 hours")]
    TooOften,
    /// More than a thousand days.
    #[error("the rotation interval must be at most 1000 days")]
    TooSeldom,
    /// A cron expression with more or fewer than six fields.
    #[error(
        "a cron expression has 6 fields, this one has {0}: minutes, hours, day of month, month, day of week, year, \
         such as `cron(0 3 1 * ? *)`"
    )]
    Fields(usize),
    /// A field of a cron expression with an invalid value.
    #[error("{field} of the cron expression {}", .field.allowed())]
    Field {
        /// The field.
        field: CronField,
    },
    /// Both or none of the two fields of days are left open.
    #[error("in a cron expression exactly one of day of month and day of week must be `?`")]
    Question,
    /// The 30th of February.
    #[error("the cron expression names a day that does not exist")]
    Never,
    /// A window that runs into the next one or past the end of the day.
    #[error(
        "a window of this schedule can be at most {0} long: it must not reach the next window or the end of the UTC day"
    )]
    TooLong(Window),
}

/// The fields of a cron expression, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CronField {
    /// The first.
    Minutes,
    /// The second.
    Hours,
    /// The third.
    DayOfMonth,
    /// The fourth.
    Month,
    /// The fifth.
    DayOfWeek,
    /// The sixth.
    Year,
}

impl CronField {
    /// The valid values of the field, as the end of a sentence.
    fn allowed(self) -> &'static str {
        match self {
            CronField::Minutes => "must be `0`",
            CronField::Hours => {
                "must be one hour 0-23, or an hour and a step of at least 4 (`2/10` for 2, 12 and 22, `/8` for 0, 8 and 16)"
            }
            CronField::DayOfMonth => {
                "must be `?`, `*`, or a list of days 1-31, ranges `1-7`, steps `1/2`, `L` (last day of the month) and `SUNL` \
                 (last Sunday of the month)"
            }
            CronField::Month => "must be `*`, or a list of months 1-12 or JAN-DEC, ranges `JAN-MAR` and steps `1/3`",
            CronField::DayOfWeek => {
                "must be `?`, `*`, or a list of days 1-7 or SUN-SAT (1 is Sunday), ranges `MON-FRI`, steps `2/2`, `L` \
                 (Saturday), `SUNL` (last Sunday of the month) and `TUE#3` (third Tuesday)"
            }
            CronField::Year => "must be `*`",
        }
    }
}

impl fmt::Display for CronField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CronField::Minutes => "the minutes",
            CronField::Hours => "the hours",
            CronField::DayOfMonth => "the day of month",
            CronField::Month => "the month",
            CronField::DayOfWeek => "the day of week",
            CronField::Year => "the year",
        })
    }
}
