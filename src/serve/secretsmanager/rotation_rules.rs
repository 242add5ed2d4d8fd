//! `RotationRules` of a request (secrets-manager §8).

use super::faults;
use crate::model::period::{Period, Unit};
use crate::model::schedule::{Rules, Schedule, ScheduleError, Window};
use crate::serve::fault::Fault;
use crate::serve::members::Members;

const EXPRESSION: &str = r"[0-9A-Za-z\(\)#\?\*\-\/, ]+";
const DURATION: &str = "[0-9]+h";
const INVALID: &str = "Invalid schedule expression.";
const HOURS: &str = "Rate in hour should be least 4 and less than 24.";
const DAYS: &str = "Rate in day should be greater than 0 and less than 1000.";
const BOTH: &str = "You cannot specify both rotation frequency and schedule expression together.";
const WINDOW: &str = "Duration must be at least 1 hour, at most 24 hour.";

/// The rules as a request states them.
pub(super) struct GivenRules<'b> {
    days: Option<i64>,
    expression: Option<&'b str>,
    duration: Option<&'b str>,
}

impl<'b> GivenRules<'b> {
    /// Reads them. What is not even in the model of the service is a violation.
    pub(super) fn of(members: &Members<'b>) -> Option<Self> {
        let given = members.structure("RotationRules")?;
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || "()#?*-/, ".contains(c);
        let is_duration = |text: &str| {
            let hours = text.strip_suffix('h').unwrap_or_default();
            !hours.is_empty() && hours.bytes().all(|byte| byte.is_ascii_digit())
        };
        let expression = |text: &str| text.chars().all(is_allowed);
        Some(members.inside("RotationRules", given, |given| GivenRules {
            days: given.number("AutomaticallyAfterDays").range(1..=1000).value(),
            expression: given.text("ScheduleExpression").length(1..=256).pattern(EXPRESSION, expression).value(),
            duration: given.text("Duration").length(2..=3).pattern(DURATION, is_duration).value(),
        }))
    }

    /// The rules, if there are any in it.
    pub(super) fn rules(&self) -> Result<Option<Rules>, Fault> {
        self.checked().map_err(faults::invalid_parameter)
    }

    fn checked(&self) -> Result<Option<Rules>, &'static str> {
        let schedule = match (self.days, self.expression) {
            (Some(_), Some(_)) => return Err(BOTH),
            (Some(days), None) => format!("{days}d"),
            (None, Some(expression)) if is_of_aws(expression) => expression.to_owned(),
            (None, Some(_)) => return Err(INVALID),
            (None, None) if self.duration.is_some() => {
                return Err("Duration needs AutomaticallyAfterDays or ScheduleExpression.");
            }
            (None, None) => return Ok(None),
        };
        let schedule: Schedule = schedule.parse().map_err(|error| match error {
            ScheduleError::TooOften => HOURS,
            ScheduleError::TooSeldom => DAYS,
            _ => INVALID,
        })?;
        let hours = schedule.period().filter(|period| period.unit() == Unit::Hours).map(Period::number);
        if hours.is_some_and(|hours| hours >= 24) {
            return Err(HOURS);
        }
        let window: Option<Window> = self.duration.map(str::parse).transpose().map_err(|_| WINDOW)?;
        let too_long = match hours {
            Some(_) => "Duration cannot be greater than Rate in hour.",
            None => "Starting hour and duration must be within a day.",
        };
        Rules::new(schedule, window).map(Some).map_err(|_| too_long)
    }
}

/// Without the short forms that people may write elsewhere.
fn is_of_aws(expression: &str) -> bool {
    ["rate(", "cron("].iter().any(|start| expression.starts_with(start)) && expression.ends_with(')')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_aws_refuses_is_refused_in_its_words() {
        let refused = |days, expression, duration| GivenRules { days, expression, duration }.checked().err();
        for (expression, duration, text) in [
            ("rate(3 hours)", None, HOURS),
            ("rate(24 hours)", None, HOURS),
            ("rate(1001 days)", None, DAYS),
            ("rate(5 minutes)", None, INVALID),
            ("30 days", None, INVALID),
            ("cron(0 3 1 * ?)", None, INVALID),
            ("cron(5 3 1 * ? *)", None, INVALID),
            ("rate(4 hours)", Some("5h"), "Duration cannot be greater than Rate in hour."),
            ("cron(0 20 * * ? *)", Some("5h"), "Starting hour and duration must be within a day."),
            ("rate(1 day)", Some("25h"), WINDOW),
            ("rate(1 day)", Some("0h"), WINDOW),
        ] {
            assert_eq!(refused(None, Some(expression), duration), Some(text), "{expression} {duration:?}");
            assert_eq!(refused(Some(1), Some(expression), duration), Some(BOTH));
        }
        for (expression, duration) in
            [("rate(23 hours)", None), ("rate(4 hours)", Some("4h")), ("rate(1 day)", Some("24h"))]
        {
            assert_eq!(refused(None, Some(expression), duration), None, "{expression}");
        }
    }
}
