//! `GetServiceSetting`, `UpdateServiceSetting` and `ResetServiceSetting`: the two settings of Parameter Store (parameter-store §1).
//!
//! Throughput has no limit here, whatever its setting is.

use serde::Serialize;

use super::faults;
use crate::model::arn::Arn;
use crate::model::parameter::TierRequest;
use crate::serve::answer::{Answer, Seconds, answer, nothing};
use crate::serve::ask::Ask;
use crate::serve::call::Call;
use crate::serve::fault::Fault;
use crate::serve::settings::Customized;

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
    last_modified_user: String,
    #[serde(rename = "ARN")]
    arn: String,
    status: &'static str,
}

/// A setting.
struct Setting {
    id: &'static str,
    /// The value that it has first.
    value: &'static str,
    /// What it may be, in the order of the service.
    values: &'static [&'static str],
    /// When the service says that it was introduced, in milliseconds after 1970.
    since: i64,
}

static TIER: Setting = Setting {
    id: "/ssm/parameter-store/default-parameter-tier",
    value: "Standard",
    values: &["Standard", "Advanced", "Intelligent-Tiering"],
    since: 1_565_131_339_380,
};

static THROUGHPUT: Setting = Setting {
    id: "/ssm/parameter-store/high-throughput-enabled",
    value: "false",
    values: &["true", "false"],
    since: 1_555_532_571_138,
};

/// The tier of a new parameter whose request names none.
pub(super) fn default_tier(call: &Call<'_>) -> Option<TierRequest> {
    call.settings().get(call.region, TIER.id)?.value.parse().ok()
}

pub(super) fn get(call: &Call<'_>) -> Answer {
    let members = call.members();
    let id = members.text("SettingId").required().length(1..=1000).or_empty();
    members.check()?;
    let (setting, arn) = setting(call, id)?;
    shown(call, setting, arn)
}

pub(super) fn reset(call: &Call<'_>) -> Answer {
    let members = call.members();
    let id = members.text("SettingId").required().length(1..=1000).or_empty();
    members.check()?;
    let (setting, arn) = setting(call, id)?;
    call.settings().set(call.region, setting.id, None);
    shown(call, setting, arn)
}

pub(super) fn update(call: &Call<'_>) -> Answer {
    let members = call.members();
    let id = members.text("SettingId").required().length(1..=1000).or_empty();
    let value = members.text("SettingValue").required().length(1..=4096).or_empty();
    members.check()?;
    let (setting, _) = setting(call, id)?;
    let Some(value) = setting.values.iter().copied().find(|valid| *valid == value) else {
        let pattern = setting.values.join("|");
        return Err(faults::validation(format!("Invalid setting value, allowed value pattern: {pattern}")));
    };
    let customized = Customized { value, at: call.now, by: call.caller.arn.clone() };
    call.settings().set(call.region, setting.id, Some(customized));
    nothing()
}

fn shown(call: &Call<'_>, setting: &Setting, arn: String) -> Answer {
    let first = ServiceSetting {
        setting_id: setting.id,
        setting_value: setting.value,
        last_modified_date: Seconds::of_millis(setting.since),
        last_modified_user: "System".to_owned(),
        arn,
        status: "Default",
    };
    let service_setting = match call.settings().get(call.region, setting.id) {
        None => first,
        Some(Customized { value, at, by }) => ServiceSetting {
            setting_value: value,
            last_modified_date: at.into(),
            last_modified_user: by,
            status: "Customized",
            ..first
        },
    };
    answer(&Outcome { service_setting })
}

/// The setting of that id or ARN, if the caller may do this with it.
fn setting(call: &Call<'_>, text: &str) -> Result<(&'static Setting, String), Fault> {
    let id = Arn::parse(text).and_then(|arn| arn.resource.strip_prefix("servicesetting")).unwrap_or(text);
    let account = call.account();
    let arn = format!("arn:{}:ssm:{}:{}:servicesetting{id}", account.partition, account.region, account.id);
    let action = format!("ssm:{}", call.operation.name);
    call.allow(&Ask::new(&action, arn.clone()))?;
    let found = [&TIER, &THROUGHPUT].into_iter().find(|setting| setting.id == id);
    let unknown = || faults::new("ServiceSettingNotFound", format!("Setting {text} not found."));
    Ok((found.ok_or_else(unknown)?, arn))
}
