//! `RotationRules` of a request (secrets-manager §8).

use serde_json::{Map, Value};

use crate::model::schedule::{Rules, Schedule, Window};
use crate::serve::call::Call;
use crate::serve::fault::Fault;
use crate::serve::members::Members;

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
        let text = |name| given.get(name).and_then(Value::as_str);
        let rules =
            GivenRules { days: days(given), expression: text("ScheduleExpression"), duration: text("Duration") };
        if let Some(days) = rules.days.filter(|days| !(1..=1000).contains(days)) {
            let must = if days < 1 { "greater than or equal to 1" } else { "less than or equal to 1000" };
            let member = "rotationRules.automaticallyAfterDays";
            members.violate(member, &days.to_string(), &format!("have value {must}"));
        }
        if let Some(duration) = rules.duration.filter(|duration| duration.parse::<Window>().is_err()) {
            members.violate("rotationRules.duration", duration, "satisfy regular expression pattern: [0-9h]+");
        }
        Some(rules)
    }

    /// The rules, if there are any in it.
    pub(super) fn rules(&self, call: &Call<'_>) -> Result<Option<Rules>, Fault> {
        let refused = |text: String| Fault::new(call.service(), "InvalidParameterException", text);
        let schedule = match (self.days, self.expression) {
            (Some(_), Some(_)) => {
                let text = "You can't specify both AutomaticallyAfterDays and ScheduleExpression in RotationRules.";
                return Err(refused(text.to_owned()));
            }
            (Some(days), None) => format!("{days}d"),
            (None, Some(expression)) if is_of_aws(expression) => expression.to_owned(),
            (None, Some(_)) => return Err(refused("Invalid ScheduleExpression.".to_owned())),
            (None, None) if self.duration.is_some() => {
                return Err(refused("Duration needs AutomaticallyAfterDays or ScheduleExpression.".to_owned()));
            }
            (None, None) => return Ok(None),
        };
        let schedule: Schedule =
            schedule.parse().map_err(|error| refused(format!("Invalid RotationRules: {error}.")))?;
        let window = self.duration.and_then(|duration| duration.parse().ok());
        Rules::new(schedule, window).map(Some).map_err(|error| refused(format!("Invalid RotationRules: {error}.")))
    }
}

/// Without the short forms that people may write elsewhere.
fn is_of_aws(expression: &str) -> bool {
    ["rate(", "cron("].iter().any(|start| expression.starts_with(start)) && expression.ends_with(')')
}

fn days(given: &Map<String, Value>) -> Option<i64> {
    given.get("AutomaticallyAfterDays").and_then(Value::as_i64)
}
