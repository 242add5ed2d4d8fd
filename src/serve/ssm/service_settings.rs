//! `GetServiceSetting`, `UpdateServiceSetting` and `ResetServiceSetting` (parameter-store §1).
//!
//! Throughput has no limit here, whatever its setting is.

use serde::Serialize;

use super::faults;
use crate::model::arn::Arn;
use crate::model::parameter::TierRequest;
use crate::serve::answer::{Answer, Seconds, answer, nothing};
use crate::serve::ask::Ask;
use crate::serve::call::Call;
use crate::serve::members::Members;
use crate::serve::settings::Customized;
use crate::serve::unanswered::Unanswered;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Outcome {
    service_setting: ServiceSetting,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ServiceSetting {
    setting_id: &'static str,
    setting_value: String,
    last_modified_date: Seconds,
    last_modified_user: String,
    #[serde(rename = "ARN")]
    arn: String,
    status: &'static str,
}

struct Setting {
    id: &'static str,
    /// The value that it has first.
    value: &'static str,
    /// What it may be, in the order of the service; anything if this is empty.
    values: &'static [&'static str],
    /// When the service says that it was introduced, in milliseconds after 1970.
    since: i64,
}

const fn of(id: &'static str, value: &'static str, values: &'static [&'static str], since: i64) -> Setting {
    Setting { id, value, values, since }
}

const TIER: &str = "/ssm/parameter-store/default-parameter-tier";

/// All that the service has. Those of what is not here, such as documents, have no effect.
static SETTINGS: [Setting; 10] = [
    of(TIER, "Standard", &["Standard", "Advanced", "Intelligent-Tiering"], 1_565_131_339_380),
    of("/ssm/parameter-store/high-throughput-enabled", "false", &["true", "false"], 1_555_532_571_138),
    of("/ssm/documents/console/public-sharing-permission", "Enable", &["Enable", "Disable"], 1_612_382_724_747),
    of("/ssm/managed-instance/activation-tier", "standard", &["standard", "advanced"], 1_579_134_984_656),
    of("/ssm/managed-instance/default-ec2-instance-management-role", "$None", &[], 1_636_561_263_576),
    of("/ssm/automation/customer-script-log-destination", "None", &[], 1_572_919_724_731),
    of("/ssm/automation/customer-script-log-group-name", "/aws/ssm/automation/executeScript", &[], 1_572_898_415_256),
    of("/ssm/automation/enable-adaptive-concurrency", "False", &[], 1_632_330_231_776),
    of("/ssm/appmanager/appmanager-enabled", "False", &["True", "False"], 1_604_983_265_572),
    of("/ssm/opsinsights/opscenter", "Disabled", &["Enabled", "Disabled"], 1_622_077_352_094),
];

/// The tier of a new parameter whose request names none.
pub(super) fn default_tier(call: &Call<'_>) -> Option<TierRequest> {
    call.settings().get(TIER)?.value.parse().ok()
}

pub(super) fn get(call: &Call<'_>) -> Answer {
    let members = call.members();
    let id = setting_id(&members);
    members.check()?;
    let (setting, arn) = setting(call, id)?;
    shown(call, setting, arn)
}

pub(super) fn reset(call: &Call<'_>) -> Answer {
    let members = call.members();
    let id = setting_id(&members);
    members.check()?;
    let (setting, arn) = setting(call, id)?;
    call.settings().set(setting.id, None);
    shown(call, setting, arn)
}

pub(super) fn update(call: &Call<'_>) -> Answer {
    let members = call.members();
    let (id, value) = (setting_id(&members), members.text("SettingValue").required().length(1..=4096).or_empty());
    members.check()?;
    let (setting, _) = setting(call, id)?;
    if !setting.values.is_empty() && !setting.values.contains(&value) {
        let pattern = setting.values.join("|");
        return Err(faults::validation(format!("Invalid setting value, allowed value pattern: {pattern}")).into());
    }
    let customized = Customized { value: value.to_owned(), at: call.now, by: call.request.caller.arn.clone() };
    call.settings().set(setting.id, Some(customized));
    nothing()
}

fn shown(call: &Call<'_>, setting: &'static Setting, arn: String) -> Answer {
    let first = ServiceSetting {
        setting_id: setting.id,
        setting_value: setting.value.to_owned(),
        last_modified_date: Seconds::of_millis(setting.since),
        last_modified_user: "System".to_owned(),
        arn,
        status: "Default",
    };
    let service_setting = match call.settings().get(setting.id) {
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

fn setting_id<'b>(members: &Members<'b>) -> &'b str {
    members.text("SettingId").required().length(1..=1000).or_empty()
}

/// The setting of that id or ARN, if the caller may do this with it.
fn setting(call: &Call<'_>, text: &str) -> Result<(&'static Setting, String), Unanswered> {
    let id = Arn::parse(text).and_then(|arn| arn.resource.strip_prefix("servicesetting")).unwrap_or(text);
    let arn = call.account().arn("ssm", &format!("servicesetting{id}"));
    call.allow(&Ask::new(&call.action(), arn.clone()))?;
    let found = SETTINGS.iter().find(|setting| setting.id == id);
    let unknown = || faults::new("ServiceSettingNotFound", format!("Setting {text} not found."));
    Ok((found.ok_or_else(unknown)?, arn))
}
