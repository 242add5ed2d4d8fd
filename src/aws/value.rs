//! Values as JSON strings: for answers whose purpose is to show them.

use std::borrow::Borrow;

use serde::Serializer;

use crate::model::value::SecretValue;

/// A value as a JSON string. A value that is not UTF-8 text is an error of the serializer.
pub(crate) fn text<S: Serializer>(value: &SecretValue, serializer: S) -> Result<S::Ok, S::Error> {
    match value.reveal_text() {
        Some(text) => serializer.serialize_str(text),
        None => Err(serde::ser::Error::custom("the value is not text")),
    }
}

/// A value as a JSON string, or `null` if there is none.
#[expect(clippy::ref_option, reason = "serde calls it so")]
pub(crate) fn optional_text<S: Serializer>(
    value: &Option<impl Borrow<SecretValue>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => text(value.borrow(), serializer),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::*;

    #[derive(Serialize)]
    struct Shown {
        #[serde(serialize_with = "optional_text")]
        value: Option<SecretValue>,
    }

    fn shown(bytes: Option<&[u8]>) -> Option<String> {
        let value = bytes.map(|bytes| SecretValue::new(bytes.to_vec().into()));
        serde_json::to_string(&Shown { value }).ok()
    }

    #[test]
    fn a_value_is_a_string_and_bytes_are_an_error() {
        assert_eq!(shown(Some(b"a\"b")).unwrap(), r#"{"value":"a\"b"}"#);
        assert_eq!(shown(None).unwrap(), r#"{"value":null}"#);
        assert_eq!(shown(Some(b"\xff")), None);
    }
}
