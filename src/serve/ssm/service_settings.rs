//! `GetServiceSetting`, `UpdateServiceSetting` and `ResetServiceSetting`: the two settings of Parameter Store (parameter-store §1).
//!
//! A vault has no place for them, so they are what they are: a change to another value is refused, clearly.

use serde::Serialize;

use super::faults;
use crate::model::arn::Arn;
use crate::serve::answer::{Answer, Seconds, answer, nothing};
use crate::serve::ask::Ask;
use crate::serve::call::Call;
use crate::serve::fault::Fault;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Outcome {
    service_setting: ServiceSetting,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ServiceSetting {
    setting_id: &'static str,
    setting_value: &'static str,
    last_modified_date: Seconds,
    last_modified_user: &'static str,
    #[serde(rename = "ARN")]
    arn: String,
    status: &'static str,
}

/// A setting, its values, the one that it has first.
type Setting = (&'static str, &'static [&'static str]);

const SETTINGS: [Setting; 2] = [
    ("/ssm/parameter-store/default-parameter-tier", &["Standard", "Advanced", "Intelligent-Tiering"]),
    ("/ssm/parameter-store/high-throughput-enabled", &["false", "true"]),
];

pub(super) fn get(call: &Call<'_>) -> Answer {
    let members = call.members();
    let id = members.text("SettingId").required().length(1..=1000).or_empty();
    members.check()?;
    let ((setting_id, values), arn) = setting(call, id)?;
    let service_setting = ServiceSetting {
        setting_id,
        setting_value: values[0],
        last_modified_date: Seconds::from(crate::model::time::Timestamp::from_unix(0)),
        last_modified_user: "System",
        arn,
        status: "Default",
    };
    answer(&Outcome { service_setting })
}

/// Resetting what is never changed.
pub(super) fn reset(call: &Call<'_>) -> Answer {
    get(call)
}

pub(super) fn update(call: &Call<'_>) -> Answer {
    let members = call.members();
    let id = members.text("SettingId").required().length(1..=1000).or_empty();
    let value = members.text("SettingValue").required().length(1..=4096).or_empty();
    members.check()?;
    let ((id, values), _) = setting(call, id)?;
    match values.iter().position(|valid| *valid == value) {
        Some(0) => nothing(),
        Some(_) => Err(faults::validation(format!("The setting {id} is fixed in this vault: {}.", values[0]))),
        None => Err(faults::validation(format!(
            "The setting value is not valid for {id}. Valid values include: [{}].",
            values.join(", ")
        ))),
    }
}

/// The setting of that id or ARN, if the caller may do this with it.
fn setting(call: &Call<'_>, text: &str) -> Result<(Setting, String), Fault> {
    let id = Arn::parse(text).and_then(|arn| arn.resource.strip_prefix("servicesetting")).unwrap_or(text);
    let account = call.account();
    let arn = format!("arn:{}:ssm:{}:{}:servicesetting{id}", account.partition, account.region, account.id);
    let action = format!("ssm:{}", call.operation.name);
    call.allow(&Ask::new(&action, arn.clone()))?;
    let found = SETTINGS.iter().find(|(known, _)| *known == id).copied();
    let unknown = || faults::new("ServiceSettingNotFound", format!("Setting {text} not found."));
    Ok((found.ok_or_else(unknown)?, arn))
}
