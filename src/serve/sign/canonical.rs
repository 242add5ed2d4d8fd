//! The canonical request: what is signed.

use std::fmt::Write as _;

use crate::serve::percent;

/// The head of a request. Names of headers are in lower case.
#[derive(Debug, Clone, Copy)]
pub struct Head<'r> {
    /// Such as `POST`.
    pub method: &'r str,
    /// The path, as it was sent.
    pub path: &'r str,
    /// The query, as it was sent, without the question mark.
    pub query: &'r str,
    /// Names and values, as they were sent.
    pub headers: &'r [(&'r str, &'r str)],
}

impl<'r> Head<'r> {
    /// The value of a header that is there once.
    pub fn header(&self, name: &str) -> Option<&'r str> {
        let mut values = self.headers.iter().filter(|(found, _)| *found == name).map(|(_, value)| *value);
        values.next().filter(|_| values.next().is_none())
    }

    /// The decoded value of a member of the query.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs = pairs(self.query);
        let (_, value) = pairs.find(|(found, _)| found.eq_ignore_ascii_case(name.as_bytes()))?;
        String::from_utf8(value).ok()
    }
}

/// The text whose hash is signed.
pub(super) fn canonical_request(head: &Head<'_>, signed: &[&str], payload: &str) -> String {
    let mut text = format!("{}\n{}\n{}\n", head.method, head.path, canonical_query(head.query));
    for name in signed {
        let values = head.headers.iter().filter(|(found, _)| found == name).map(|(_, value)| trimmed(value));
        let _ = writeln!(text, "{name}:{}", values.collect::<Vec<_>>().join(","));
    }
    let _ = write!(text, "\n{}\n{payload}", signed.join(";"));
    text
}

/// Without outer spaces, and with single ones inside.
fn trimmed(value: &str) -> String {
    value.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

fn canonical_query(query: &str) -> String {
    let encoded = |(name, value): (Vec<u8>, Vec<u8>)| (encode(&name), encode(&value));
    let is_signed = |(name, _): &(String, String)| name != "X-Amz-Signature";
    let mut pairs: Vec<_> = pairs(query).map(encoded).filter(is_signed).collect();
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

fn pairs(query: &str) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (percent::lenient(name), percent::lenient(value)))
}

fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => text.push(char::from(*byte)),
            _ => {
                let _ = write!(text, "%{byte:02X}");
            }
        }
    }
    text
}
