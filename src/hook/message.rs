//! The message that a hook gets on its standard input, and the answer to `create` (docs/hooks.md, version 1).
//!
//! Both are one JSON object, and both directions are here: the built-in strategies are hooks like any other. Plaintext
//! is read and written through buffers that never grow and are wiped. Errors are fixed texts, because the parser's
//! errors quote what they read.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::model::hook::{HookCall, HookValue, Produced};
use crate::model::json::Text;
use crate::model::value::SecretValue;
use crate::model::value_form::VALUE_LIMIT;

/// The version of the contract.
pub(crate) const VERSION: u32 = 1;

/// A message or an answer that violates the contract. Contains nothing of what was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// Not JSON, or other fields than those of a call.
    #[error("not a call of a hook")]
    Call,
    /// A call of another version of the contract.
    #[error("not version {VERSION} of the contract")]
    Version,
    /// Not JSON, or other fields than those of an answer.
    #[error("the answer is not a JSON object with SecretString or SecretBinary")]
    Answer,
    /// No value, or two.
    #[error("the answer needs exactly one of SecretString and SecretBinary")]
    OneValue,
    /// A value without content.
    #[error("the answer contains an empty value")]
    Empty,
    /// A value over the limit.
    #[error("the answer contains a value of more than {VALUE_LIMIT} bytes")]
    TooLong,
    /// Binary that is not base64.
    #[error("SecretBinary is not base64")]
    Base64,
}

/// A call as the hook reads it.
pub(crate) fn write_call(call: &HookCall) -> Zeroizing<Vec<u8>> {
    let value = |value: &Option<HookValue>| value.as_ref().map(Value::of_version);
    write(&Call {
        version: VERSION,
        step: Cow::Borrowed(call.step.as_str()),
        secret: Cow::Borrowed(call.secret.as_str()),
        token: Cow::Borrowed(&call.token),
        attempt: call.attempt,
        current: value(&call.current),
        pending: value(&call.pending),
        previous: value(&call.previous),
        aborted: call.aborted.iter().map(Value::of_version).collect(),
        admin: value(&call.admin),
        options: Cow::Borrowed(&call.options),
    })
}

/// The call in a message. Unknown fields are ignored: version 1 may get more.
pub(crate) fn read_call(message: &[u8]) -> Result<HookCall, MessageError> {
    let call: Call<'_> = serde_json::from_slice(message).map_err(|_| MessageError::Call)?;
    if call.version != VERSION {
        return Err(MessageError::Version);
    }
    let value = |value: Option<Value>| value.map(Value::into_version).transpose();
    Ok(HookCall {
        step: call.step.parse().map_err(|_| MessageError::Call)?,
        secret: call.secret.parse().map_err(|_| MessageError::Call)?,
        token: call.token.into_owned(),
        attempt: call.attempt,
        current: value(call.current)?,
        pending: value(call.pending)?,
        previous: value(call.previous)?,
        aborted: call.aborted.into_iter().map(Value::into_version).collect::<Result<_, _>>()?,
        admin: value(call.admin)?,
        options: call.options.into_owned(),
    })
}

/// An answer to `create`.
pub(crate) fn write_answer(produced: &Produced) -> Zeroizing<Vec<u8>> {
    write(&Answer::of(produced.binary, &produced.value))
}

/// The value in an answer: exactly one, not empty, at most [`VALUE_LIMIT`] bytes, and no other fields.
pub(crate) fn read_answer(answer: &[u8]) -> Result<Produced, MessageError> {
    let answer: Answer = serde_json::from_slice(answer).map_err(|_| MessageError::Answer)?;
    let produced = answer.into_produced()?;
    match produced.value.reveal().len() {
        0 => Err(MessageError::Empty),
        1..=VALUE_LIMIT => Ok(produced),
        _ => Err(MessageError::TooLong),
    }
}

#[derive(Serialize, Deserialize)]
struct Call<'a> {
    version: u32,
    step: Cow<'a, str>,
    secret: Cow<'a, str>,
    token: Cow<'a, str>,
    attempt: u64,
    current: Option<Value>,
    pending: Option<Value>,
    previous: Option<Value>,
    #[serde(default)]
    aborted: Vec<Value>,
    admin: Option<Value>,
    options: Cow<'a, BTreeMap<String, String>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Value {
    version_id: String,
    #[serde(rename = "SecretString", default, skip_serializing_if = "Option::is_none")]
    string: Option<Plain>,
    #[serde(rename = "SecretBinary", default, skip_serializing_if = "Option::is_none")]
    binary: Option<Plain>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    #[serde(rename = "SecretString", default, skip_serializing_if = "Option::is_none")]
    string: Option<Plain>,
    #[serde(rename = "SecretBinary", default, skip_serializing_if = "Option::is_none")]
    binary: Option<Plain>,
}

impl Value {
    fn of_version(version: &HookValue) -> Value {
        let Answer { string, binary } = Answer::of(version.binary, &version.value);
        Value { version_id: version.version_id.clone(), string, binary }
    }

    fn into_version(self) -> Result<HookValue, MessageError> {
        let Value { version_id, string, binary } = self;
        let produced = Answer { string, binary }.into_produced().map_err(|_| MessageError::Call)?;
        Ok(HookValue { version_id, binary: produced.binary, value: produced.value })
    }
}

impl Answer {
    /// UTF-8 is written as text. Other bytes are written as binary, no matter how they were stored.
    fn of(binary: bool, value: &SecretValue) -> Answer {
        match value.reveal_text().filter(|_| !binary) {
            Some(text) => Answer { string: Some(Plain::of(text.to_owned())), binary: None },
            None => Answer { string: None, binary: Some(Plain::of(BASE64.encode(value.reveal()))) },
        }
    }

    fn into_produced(self) -> Result<Produced, MessageError> {
        match (self.string, self.binary) {
            (Some(Plain(Text(text))), None) => Ok(Produced { binary: false, value: SecretValue::of_text(text) }),
            (None, Some(Plain(Text(text)))) => {
                let bytes = BASE64.decode(text.as_bytes()).map_err(|_| MessageError::Base64)?;
                Ok(Produced { binary: true, value: SecretValue::new(Zeroizing::new(bytes)) })
            }
            _ => Err(MessageError::OneValue),
        }
    }
}

/// A plaintext on its way in or out, wiped afterwards.
#[derive(Deserialize)]
struct Plain(Text);

impl Plain {
    fn of(text: String) -> Plain {
        Plain(Text(Zeroizing::new(text)))
    }
}

impl Serialize for Plain {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.0)
    }
}

/// JSON in a buffer of exactly its size: one that grows would leave copies behind.
fn write(message: &impl Serialize) -> Zeroizing<Vec<u8>> {
    let mut size = Size(0);
    // Writing to memory cannot fail.
    let _ = serde_json::to_writer(&mut size, message);
    let mut bytes = Zeroizing::new(Vec::with_capacity(size.0 + 1));
    let _ = serde_json::to_writer(&mut *bytes, message);
    bytes.push(b'\n');
    bytes
}

/// Counts what is written.
struct Size(usize);

impl Write for Size {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::hook::Step;

    fn version(id: &str, binary: bool, bytes: &[u8]) -> HookValue {
        HookValue { version_id: id.into(), binary, value: SecretValue::new(Zeroizing::new(bytes.to_vec())) }
    }

    fn call() -> HookCall {
        HookCall {
            step: Step::Set,
            secret: "prod/db".parse().unwrap(),
            token: "t-1".into(),
            attempt: 2,
            current: Some(version("v1", false, "a\"b\nü".as_bytes())),
            pending: Some(version("v2", true, &[0, 255, 10])),
            previous: None,
            aborted: vec![version("v0", false, b"maybe")],
            admin: None,
            options: BTreeMap::from([("users".into(), "alternate".into())]),
        }
    }

    #[test]
    fn a_call_is_laid_out_as_promised() {
        let expected = concat!(
            r#"{"version":1,"step":"set","secret":"prod/db","token":"t-1","attempt":2,"#,
            r#""current":{"VersionId":"v1","SecretString":"a\"b\nü"},"#,
            r#""pending":{"VersionId":"v2","SecretBinary":"AP8K"},"previous":null,"#,
            r#""aborted":[{"VersionId":"v0","SecretString":"maybe"}],"admin":null,"#,
            r#""options":{"users":"alternate"}}"#,
            "\n"
        );
        let written = write_call(&call());
        assert_eq!(std::str::from_utf8(&written).unwrap(), expected);
        assert_eq!(written.len(), written.capacity(), "the buffer never grew");
    }

    #[test]
    fn a_call_reads_back_as_it_was() {
        let read = read_call(&write_call(&call())).unwrap();
        assert_eq!(read.step, Step::Set);
        assert_eq!((read.secret.as_str(), read.token.as_str(), read.attempt), ("prod/db", "t-1", 2));
        let current = read.current.unwrap();
        assert_eq!((current.version_id.as_str(), current.binary), ("v1", false));
        assert_eq!(current.value.reveal_text(), Some("a\"b\nü"));
        let pending = read.pending.unwrap();
        assert!(pending.binary && pending.value.reveal() == [0, 255, 10]);
        assert!(read.previous.is_none() && read.admin.is_none());
        assert!(read.aborted.len() == 1 && read.aborted[0].value.reveal() == b"maybe");
        assert_eq!(read.options, call().options);
    }

    #[test]
    fn another_version_and_other_things_are_no_calls() {
        let text = String::from_utf8(write_call(&call()).to_vec()).unwrap();
        let error = |text: &str| read_call(text.as_bytes()).err().unwrap();
        assert_eq!(error(&text.replace("\"version\":1", "\"version\":2")), MessageError::Version);
        assert_eq!(error(&text.replace("\"set\"", "\"sit\"")), MessageError::Call);
        assert_eq!(error(&text.replace("\"AP8K\"", "\"?\"")), MessageError::Call);
        assert_eq!(error("{}"), MessageError::Call);
        assert!(read_call(text.replace("\"attempt\"", "\"later\":[],\"attempt\"").as_bytes()).is_ok());
        assert!(read_call(text.replace("\"aborted\"", "\"later\"").as_bytes()).unwrap().aborted.is_empty());
    }

    #[test]
    fn answers_read_back_as_they_were() {
        for (binary, bytes) in [(false, "x\u{1}ü".as_bytes()), (true, &[0, 255])] {
            let value = SecretValue::new(Zeroizing::new(bytes.to_vec()));
            let read = read_answer(&write_answer(&Produced { binary, value })).unwrap();
            assert!(read.binary == binary && read.value.reveal() == bytes);
        }
    }

    #[test]
    fn an_answer_is_one_value_of_the_allowed_size_and_nothing_else() {
        let of = |length: usize| format!(r#"{{"SecretString":"{}"}}"#, "x".repeat(length));
        assert!(read_answer(of(VALUE_LIMIT).as_bytes()).is_ok());
        let escaped = format!(r#"{{"SecretString":"{}"}}"#, "\\u0001".repeat(VALUE_LIMIT));
        assert!(read_answer(escaped.as_bytes()).is_ok());
        assert_eq!(read_answer(of(VALUE_LIMIT + 1).as_bytes()).err(), Some(MessageError::TooLong));
        let cases = [
            (r#"{"SecretString":""}"#, MessageError::Empty),
            (r#"{"SecretBinary":""}"#, MessageError::Empty),
            (r#"{"SecretBinary":"a"}"#, MessageError::Base64),
            ("{}", MessageError::OneValue),
            (r#"{"SecretString":"a","SecretBinary":"YQ=="}"#, MessageError::OneValue),
            (r#"{"SecretString":"a","SecretString":"b"}"#, MessageError::Answer),
            (r#"{"SecretString":"a","hunter2":1}"#, MessageError::Answer),
            (r#"{"SecretString":7}"#, MessageError::Answer),
            (r#"{"SecretString":"a"} x"#, MessageError::Answer),
            ("", MessageError::Answer),
        ];
        for (text, error) in cases {
            assert_eq!(read_answer(text.as_bytes()).err(), Some(error), "{text:.40}");
        }
    }
}
