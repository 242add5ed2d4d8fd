//! The settings of a vault, at the end of a snapshot of the trust chain.

use serde::Deserialize;

use super::field::{at_most, parsed, word, written};
use crate::format::emit::Emitter;
use crate::format::error::FormatError;
use crate::model::freshness::Freshness;
use crate::model::settings::{Audit, Settings};

/// Most regions, and most scopes that ask for a reason.
const LIST_LIMIT: usize = 100;
const FRESHNESS: [(Freshness, &str); 2] = [(Freshness::Warn, "warn"), (Freshness::Strict, "strict")];
const AUDIT: [(Audit, &str); 2] = [(Audit::Optional, "optional"), (Audit::Required, "required")];

pub(super) fn emit_settings(out: &mut Emitter, settings: &Settings) {
    out.text("account", &settings.account);
    out.texts("regions", &settings.regions);
    out.text("freshness", written(settings.freshness, &FRESHNESS));
    out.text("audit", written(settings.audit, &AUDIT));
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
            freshness: word(&self.freshness, &FRESHNESS, "freshness")?,
            audit: word(&self.audit, &AUDIT, "audit")?,
            audit_retention: duration(self.audit_retention, "audit_retention")?,
            reasons: self.reasons.iter().map(|scope| parsed(scope, "reasons")).collect::<Result<_, _>>()?,
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
