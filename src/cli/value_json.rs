//! Values inside of JSON reports, for commands whose purpose is to show them.

use crate::model::value::SecretValue;

/// A value as a JSON string.
pub(super) fn text<S: serde::Serializer>(value: &SecretValue, serializer: S) -> Result<S::Ok, S::Error> {
    match value.reveal_text() {
        Some(text) => serializer.serialize_str(text),
        None => Err(serde::ser::Error::custom("the value is no text")),
    }
}

/// A value as a JSON string, where there is one.
#[expect(clippy::ref_option, reason = "the signature that serde calls")]
pub(super) fn optional_text<S: serde::Serializer>(
    value: &Option<SecretValue>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => text(value, serializer),
        None => serializer.serialize_none(),
    }
}
