//! `SourceResult`: what Secrets Manager answers, in a parameter (parameter-store §13).

use serde::Serialize;
use zeroize::Zeroizing;

use crate::model::sealed::ValueType;
use crate::model::secret::{Secret, SecretVersion, Stage};
use crate::model::time::Timestamp;
use crate::model::value::SecretValue;

/// The members as the service writes them, which are those of an SDK.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SourceResult<'a> {
    #[serde(rename = "ARN")]
    arn: &'a str,
    name: &'a str,
    version_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_string: Option<&'a str>,
    version_stages: Vec<&'a str>,
    created_date: String,
}

/// The answer of `GetSecretValue`, which is wiped like the value in it.
pub(super) fn of(arn: &str, secret: &Secret, version: &SecretVersion, value: &SecretValue) -> SecretValue {
    let own = |stage: &&Stage| stage.aborted_place().is_some();
    let id = version.id();
    let result = SourceResult {
        arn,
        name: secret.name.as_str(),
        version_id: id.as_str(),
        secret_string: value.reveal_text().filter(|_| is_text(version)),
        version_stages: version.stages.iter().filter(|stage| !own(stage)).map(Stage::as_str).collect(),
        created_date: spelled(version.created),
    };
    // Room for every character escaped, so that the buffer does not move.
    let mut text = Zeroizing::new(Vec::with_capacity(4096 + 6 * value.reveal().len()));
    // Texts cannot fail to be written to memory.
    let _ = serde_json::to_writer(&mut *text, &result);
    SecretValue::new(text)
}

/// Whether a version is text: bytes have no place in a parameter.
pub(super) fn is_text(version: &SecretVersion) -> bool {
    version.content.as_ref().is_some_and(|sealed| sealed.value_type != ValueType::SecretBinary)
}

/// `Oct 14, 2021, 10:18:47 AM`, in UTC.
fn spelled(instant: Timestamp) -> String {
    let zoned = jiff::Timestamp::from_second(instant.unix()).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC);
    zoned.strftime("%b %-d, %Y, %-I:%M:%S %p").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_spelled_as_the_service_does() {
        for (instant, text) in [
            ("2021-10-14T10:18:47Z", "Oct 14, 2021, 10:18:47 AM"),
            ("2026-01-02T00:05:09Z", "Jan 2, 2026, 12:05:09 AM"),
            ("2026-12-31T23:59:59Z", "Dec 31, 2026, 11:59:59 PM"),
        ] {
            assert_eq!(spelled(instant.parse().unwrap()), text);
        }
    }
}
