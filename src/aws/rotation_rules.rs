//! When a secret rotates automatically (secrets-manager §8).

use serde::Serialize;

use crate::model::schedule::{Rules, Schedule};

/// A schedule, by days alone or by an expression, never both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RotationRules {
    /// 1–1000 days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub automatically_after_days: Option<u32>,
    /// Length of the window, such as `3h`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<String>,
    /// `rate(…)` or `cron(…)`, in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule_expression: Option<String>,
}

impl From<&Rules> for RotationRules {
    fn from(rules: &Rules) -> Self {
        let (automatically_after_days, schedule_expression) = match rules.schedule() {
            Schedule::Every(days) => (Some(days.number()), None),
            schedule => (None, Some(schedule.to_string())),
        };
        let duration = rules.window().as_ref().map(ToString::to_string);
        RotationRules { automatically_after_days, duration, schedule_expression }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::sample::json;
    use super::*;

    #[test]
    fn days_alone_have_no_expression() {
        let rules = Rules::new("30d".parse().unwrap(), Some("3h".parse().unwrap())).unwrap();
        assert_eq!(json(&RotationRules::from(&rules)), json!({ "AutomaticallyAfterDays": 30, "Duration": "3h" }));
        let rules = Rules::new("cron(0 3 1 * ? *)".parse().unwrap(), None).unwrap();
        assert_eq!(json(&RotationRules::from(&rules)), json!({ "ScheduleExpression": "cron(0 3 1 * ? *)" }));
    }
}
