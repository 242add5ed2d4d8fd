//! JSON secrets: reading one field of a value, and adding a generated field to a template.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::error::SecretError;
use crate::model::json;
use crate::model::value::SecretValue;

/// A field of a JSON value: the content of a string, anything else as written. `key` is a top-level key, or a
/// JSON pointer (RFC 6901) such as `/db/0/password`. A key that looks like a pointer is tried as a key first.
pub(crate) fn member(value: &SecretValue, key: &str) -> Result<SecretValue, SecretError> {
    let text = value.reveal_text().ok_or(SecretError::NotJson)?;
    let whole: &RawValue = serde_json::from_str(text).map_err(|_| SecretError::NotJson)?;
    let direct = child(whole, key);
    let found = match (direct, key.strip_prefix('/')) {
        (Some(found), _) => Some(found),
        (None, Some(pointer)) => pointer.split('/').try_fold(whole, |value, token| {
            let token = token.replace("~1", "/").replace("~0", "~");
            child(value, &token).or_else(|| element(value, &token))
        }),
        (None, None) => None,
    };
    found.map(bare).ok_or_else(|| SecretError::JsonKeyNotFound(key.chars().take(200).collect()))
}

/// The top-level keys, sorted.
pub(crate) fn keys(value: &SecretValue) -> Result<Vec<String>, SecretError> {
    let text = value.reveal_text().ok_or(SecretError::NotJson)?;
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(text).map_err(|_| SecretError::NotJson)?;
    Ok(members.into_keys().collect())
}

/// Whether a value is a JSON object or array.
pub(crate) fn is_structured(value: &SecretValue) -> bool {
    let text = value.reveal_text().map(str::trim_start).filter(|text| text.starts_with(['{', '[']));
    text.is_some_and(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok())
}

/// A JSON object with one more field: what `GenerateStringKey` and `SecretStringTemplate` of AWS do. The template's own
/// text stays as it is.
pub(crate) fn with_member(template: &str, key: &str, value: &SecretValue) -> Result<SecretValue, SecretError> {
    let members: BTreeMap<Cow<'_, str>, &RawValue> =
        serde_json::from_str(template).map_err(|_| SecretError::Template("a template must be a JSON object"))?;
    if members.contains_key(key) {
        return Err(SecretError::Template("the template already has that key"));
    }
    let open = template.trim_end().strip_suffix('}').unwrap_or_default();
    let text = value.reveal_text().ok_or(SecretError::NotText)?;
    let comma = if members.is_empty() { "" } else { "," };
    let length = open.len() + comma.len() + json::longest(key) + json::longest(text) + 2;
    let mut whole = Zeroizing::new(Vec::with_capacity(length));
    whole.extend_from_slice(open.trim_end().as_bytes());
    whole.extend_from_slice(comma.as_bytes());
    json::write_text(&mut whole, key);
    whole.push(b':');
    json::write_text(&mut whole, text);
    whole.push(b'}');
    Ok(SecretValue::new(whole))
}

fn child<'a>(value: &'a RawValue, key: &str) -> Option<&'a RawValue> {
    let members: BTreeMap<Cow<'a, str>, &'a RawValue> = serde_json::from_str(value.get()).ok()?;
    members.get(key).copied()
}

fn element<'a>(value: &'a RawValue, place: &str) -> Option<&'a RawValue> {
    let elements: Vec<&'a RawValue> = serde_json::from_str(value.get()).ok()?;
    let is_canonical = place == "0" || !place.starts_with(['0', '+']);
    elements.get(place.parse::<usize>().ok().filter(|_| is_canonical)?).copied()
}

fn bare(value: &RawValue) -> SecretValue {
    let text = json::read_text(value).unwrap_or_else(|| Zeroizing::new(value.get().to_owned()));
    SecretValue::of_text(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VALUE: &str = r#"{"user":"app","pass\u0077ord":"a\"b","port":5432,"big":123456789012345678901234567890,
        "db":{"hosts":["a","b"],"/x":null},"/slash":"s","":"empty"}"#;

    fn read(key: &str) -> Result<String, SecretError> {
        let value = member(&SecretValue::from_text(VALUE.into()), key)?;
        Ok(value.reveal_text().unwrap().to_owned())
    }

    #[test]
    fn members_are_found_by_key_or_pointer() {
        for (key, expected) in [
            ("user", "app"),
            ("password", "a\"b"),
            ("port", "5432"),
            ("big", "123456789012345678901234567890"),
            ("/db/hosts/1", "b"),
            ("/db/hosts", r#"["a","b"]"#),
            ("/db/~1x", "null"),
            ("/slash", "s"),
            ("/user", "app"),
            ("", "empty"),
        ] {
            assert_eq!(read(key).as_deref(), Ok(expected), "{key}");
        }
    }

    #[test]
    fn what_is_not_there_is_named_and_never_the_value() {
        for key in ["User", "/db/hosts/2", "/db/hosts/01", "/db/hosts/+1", "/nope/x", "db/hosts"] {
            assert_eq!(read(key), Err(SecretError::JsonKeyNotFound(key.into())));
        }
        let plain = SecretValue::from_text("hunter2".into());
        assert_eq!(member(&plain, "user").err(), Some(SecretError::NotJson));
        let binary = SecretValue::new(Zeroizing::new(vec![0xff]));
        assert_eq!(member(&binary, "user").err(), Some(SecretError::NotJson));
    }

    #[test]
    fn objects_and_arrays_are_structured_and_plain_words_are_not() {
        for (text, expected) in [("{}", true), (" [1]", true), ("12", false), ("\"x\"", false), ("{", false)] {
            assert_eq!(is_structured(&SecretValue::from_text(text.into())), expected, "{text}");
        }
    }

    fn filled(template: &str) -> Result<String, SecretError> {
        let value = with_member(template, "pass\"word", &SecretValue::from_text("a\"\\b".into()))?;
        Ok(value.reveal_text().unwrap().to_owned())
    }

    #[test]
    fn a_template_keeps_its_text_and_gets_one_member() {
        let expected = r#"{"username": "app", "port":1,"pass\"word":"a\"\\b"}"#;
        assert_eq!(filled("{\"username\": \"app\", \"port\":1 }\n").as_deref(), Ok(expected));
        assert_eq!(filled("{}").as_deref(), Ok(r#"{"pass\"word":"a\"\\b"}"#));
    }

    proptest! {
        #[test]
        fn a_member_is_written_as_the_serializer_writes_it(key in "\\PC{1,4}", text in "(\\PC|[\0-\u{a0}\"\\\\]){0,20}") {
            let written = with_member("{}", &key, &SecretValue::from_text(text.clone())).unwrap();
            let expected = serde_json::Value::from_iter([(key.clone(), text.clone())]).to_string();
            prop_assert_eq!(written.reveal_text(), Some(expected.as_str()));
            let read = member(&written, &key).unwrap();
            prop_assert_eq!(read.reveal_text(), Some(text.as_str()));
        }
    }

    #[test]
    fn what_is_no_template_is_refused() {
        for bad in ["", "[]", "{", "\"x\"", "{} x", r#"{"pass\"word":1}"#] {
            assert!(matches!(filled(bad), Err(SecretError::Template(_))), "{bad}");
        }
    }
}
