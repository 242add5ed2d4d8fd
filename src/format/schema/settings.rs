//! The settings of a vault, at the end of a snapshot of the trust chain.

use serde::Deserialize;

use super::field::{at_most, each, parsed};
use crate::format::emit::Emitter;
use crate::format::error::FormatError;
use crate::model::settings::Settings;

/// Most regions, and most scopes that ask for a reason.
const LIST_LIMIT: usize = 100;

pub(super) fn emit_settings(out: &mut Emitter, settings: &Settings) {
    out.text("account", &settings.account);
    out.texts("regions", &settings.regions);
    out.shown("freshness", settings.freshness);
    out.shown("audit", settings.audit);
    out.text("audit_retention", &settings.audit_retention);
    out.texts("reasons", settings.reasons.iter().map(ToString::to_string));
    out.text("expired_grace", &settings.expired_grace);
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SettingsFields {
    account: String,
    regions: Vec<String>,
    freshness: String,
    audit: String,
    audit_retention: String,
    reasons: Vec<String>,
    expired_grace: String,
}

impl SettingsFields {
    pub(super) fn into_settings(self) -> Result<Settings, FormatError> {
        at_most(self.regions.len(), LIST_LIMIT, "regions")?;
        at_most(self.reasons.len(), LIST_LIMIT, "reasons")?;
        let is_account = |text: &str| text.is_empty() || text.len() == 12 && text.bytes().all(|it| it.is_ascii_digit());
        if !is_account(&self.account) {
            return Err(FormatError::field("account"));
        }
        Ok(Settings {
            account: self.account,
            regions: self.regions,
            freshness: parsed(&self.freshness, "freshness")?,
            audit: parsed(&self.audit, "audit")?,
            audit_retention: duration(self.audit_retention, "audit_retention")?,
            reasons: each(&self.reasons, "reasons")?,
            expired_grace: duration(self.expired_grace, "expired_grace")?,
        })
    }
}

/// Empty, or a positive number and one of the units `h`, `d`: `90d`.
fn duration(text: String, field: &'static str) -> Result<String, FormatError> {
    let number = text.strip_suffix(['h', 'd']).unwrap_or_default();
    let is_positive =
        number.len() <= 6 && number.parse::<u32>().is_ok_and(|it| it > 0) && !number.starts_with(['0', '+']);
    if text.is_empty() || is_positive { Ok(text) } else { Err(FormatError::field(field)) }
}
