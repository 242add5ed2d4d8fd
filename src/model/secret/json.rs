//! JSON secrets: reading and replacing one field of a value, adding a generated field to a template, and fields that a new value lacks.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::error::SecretError;
use crate::model::json;
use crate::model::value::SecretValue;

/// Nobody nests objects more deeply; below that, nothing is compared.
const DEEPEST: usize = 64;

/// A field of a JSON value: the content of a string, anything else as written. `key` is a top-level key, or a
/// JSON pointer (RFC 6901) such as `/db/0/password`. A key that looks like a pointer is tried as a key first.
pub(crate) fn member(value: &SecretValue, key: &str) -> Result<SecretValue, SecretError> {
    locate(whole(value)?, key).map(bare).ok_or_else(|| not_found(key))
}

/// The same value with another content of one field. A top-level key that is not there is added; nothing else changes by a byte. A number, a
/// boolean, an object or an array stays one if `new` is one too; otherwise the field becomes a string.
pub(crate) fn replace_member(value: &SecretValue, key: &str, new: &SecretValue) -> Result<SecretValue, SecretError> {
    let whole = whole(value)?;
    let (text, new_text) = (whole.get(), new.reveal_text().ok_or(SecretError::NotText)?);
    let Some(found) = locate(whole, key) else {
        let added = with_member(text, key, new).map_err(|_| SecretError::NotJson);
        return if key.starts_with('/') { Err(not_found(key)) } else { added };
    };
    let start = found.get().as_ptr().addr() - text.as_ptr().addr();
    let rest = &text[start + found.get().len()..];
    let mut changed = Zeroizing::new(Vec::with_capacity(start + json::longest(new_text) + rest.len()));
    changed.extend_from_slice(&text.as_bytes()[..start]);
    if is_of_kind(found.get(), new_text) {
        changed.extend_from_slice(new_text.trim().as_bytes());
    } else {
        json::write_text(&mut changed, new_text);
    }
    changed.extend_from_slice(rest.as_bytes());
    Ok(SecretValue::new(changed))
}

/// The fields of a JSON object that another value lacks: top-level keys, and JSON pointers to those of objects within it.
pub(crate) fn dropped(before: &SecretValue, after: &SecretValue) -> Vec<String> {
    let mut dropped = Vec::new();
    if let Ok(before) = whole(before) {
        collect_dropped(before, whole(after).ok(), "", DEEPEST, &mut dropped);
    }
    dropped
}

fn collect_dropped(before: &RawValue, after: Option<&RawValue>, above: &str, depth: usize, dropped: &mut Vec<String>) {
    let Some(below) = depth.checked_sub(1) else { return };
    let kept = after.map(members).unwrap_or_default();
    for (key, value) in members(before) {
        let pointer = format!("{above}/{}", key.replace('~', "~0").replace('/', "~1"));
        match kept.get(&key) {
            Some(after) => collect_dropped(value, Some(after), &pointer, below, dropped),
            None if above.is_empty() => dropped.push(key.into_owned()),
            None => dropped.push(pointer),
        }
    }
}

fn whole(value: &SecretValue) -> Result<&RawValue, SecretError> {
    serde_json::from_str(value.reveal_text().ok_or(SecretError::NotJson)?).map_err(|_| SecretError::NotJson)
}

fn locate<'a>(whole: &'a RawValue, key: &str) -> Option<&'a RawValue> {
    match (child(whole, key), key.strip_prefix('/')) {
        (Some(found), _) => Some(found),
        (None, Some(pointer)) => pointer.split('/').try_fold(whole, |value, token| {
            let token = token.replace("~1", "/").replace("~0", "~");
            child(value, &token).or_else(|| element(value, &token))
        }),
        (None, None) => None,
    }
}

fn not_found(key: &str) -> SecretError {
    SecretError::JsonKeyNotFound(key.chars().take(200).collect())
}

/// Whether a text is JSON of the same kind as a part of a document that is no string.
fn is_of_kind(part: &str, text: &str) -> bool {
    let kind = |text: &str| match text.bytes().next() {
        Some(b'-' | b'0'..=b'9') => Some('0'),
        Some(b't' | b'f') => Some('t'),
        Some(open @ (b'{' | b'[')) => Some(char::from(open)),
        _ => None,
    };
    let is_json = || serde_json::from_str::<&RawValue>(text).is_ok();
    kind(part).is_some() && kind(part) == kind(text.trim()) && is_json()
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

/// The members of an object; of anything else, none.
fn members(value: &RawValue) -> BTreeMap<Cow<'_, str>, &RawValue> {
    serde_json::from_str(value.get()).unwrap_or_default()
}

fn child<'a>(value: &'a RawValue, key: &str) -> Option<&'a RawValue> {
    members(value).get(key).copied()
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

    fn replaced(value: &str, key: &str, new: &str) -> Result<String, SecretError> {
        let [value, new] = [value, new].map(|text| SecretValue::from_text(text.into()));
        Ok(replace_member(&value, key, &new)?.reveal_text().unwrap().to_owned())
    }

    #[test]
    fn one_member_is_replaced_and_every_other_byte_stays() {
        let text = "{ \"a\" : 1.50,\n\t\"pass\\u0077ord\": \"old\" ,\"db\":{\"port\":5432}, \"on\":true,\"no\":null}\n";
        let with = |from: &str, to: &str| Ok(text.trim_end().replace(from, to));
        assert_eq!(replaced(text, "password", "n\"ew"), with("\"old\"", "\"n\\\"ew\""));
        assert_eq!(replaced(text, "a", "2e1"), with("1.50", "2e1"));
        assert_eq!(replaced(text, "a", "two"), with("1.50", "\"two\""));
        assert_eq!(replaced(text, "/db/port", "1"), with("5432", "1"));
        assert_eq!(replaced(text, "db", "{\"x\": []}"), with("{\"port\":5432}", "{\"x\": []}"));
        assert_eq!(replaced(text, "on", "false"), with("true", "false"));
        assert_eq!(replaced(text, "no", "12"), with("null", "\"12\""));
        assert_eq!(replaced(text, "new", "12"), with("null}", "null,\"new\":\"12\"}"));
        assert_eq!(replaced(text, "/db/user", "x"), Err(SecretError::JsonKeyNotFound("/db/user".into())));
        for no_object in ["[1]", "hunter2", "\"x\"", "7"] {
            assert_eq!(replaced(no_object, "a", "x"), Err(SecretError::NotJson), "{no_object}");
        }
    }

    #[test]
    fn members_that_a_new_value_lacks_are_named_at_every_level() {
        let before = r#"{"user":"app","db":{"host":"h","port":1,"a/b":{"c":1}},"list":[{"x":1}]}"#;
        let lacks = |before: &str, after: &str| {
            let [before, after] = [before, after].map(|text| SecretValue::from_text(text.into()));
            dropped(&before, &after).join(" ")
        };
        assert_eq!(lacks(before, before), "");
        assert_eq!(lacks(before, r#"{"list":[],"new":1,"user":null,"db":{"port":{},"a/b":7}}"#), "/db/a~1b/c /db/host");
        assert_eq!(lacks(before, "hunter2"), "db list user");
        assert_eq!(lacks("hunter2", "x"), "");
        let deep = format!("{}1{}", "{\"a\":".repeat(5000), "}".repeat(5000));
        assert_eq!(lacks(&deep, &deep), "");
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
