//! One value of a field's array: a literal, or an object with one key.

use serde_json::value::RawValue;
use serde_json::{Number, Value};

use super::error::PatternFault;
use super::range::{self, Range};
use super::wildcard::Wildcard;
use crate::model::json::Members;
use crate::model::network::Network;

/// What one value of the event is compared with.
#[derive(Debug, Clone)]
pub(super) enum Matcher {
    Text(Text),
    Number(Number),
    /// `true`, `false` or `null`.
    Word(Value),
    Present,
    Absent,
    Range(Range),
    Network(Network),
    /// Anything that none of these accepts.
    But(Vec<Matcher>),
}

/// What a text is compared with. One that ignores case is in lower case.
#[derive(Debug, Clone)]
pub(super) enum Text {
    Equal(String),
    Prefix(String),
    Suffix(String),
    Wildcard(Wildcard),
    EqualIgnoringCase(String),
    PrefixIgnoringCase(String),
    SuffixIgnoringCase(String),
}

type Parsed<T = Matcher> = Result<T, PatternFault>;

impl Matcher {
    /// Whether a value that is neither an array nor an object is accepted.
    pub(super) fn accepts(&self, value: &Value) -> bool {
        match self {
            Matcher::Text(text) => value.as_str().is_some_and(|value| text.accepts(value)),
            Matcher::Number(number) => value.as_number().is_some_and(|value| range::compare(value, number).is_eq()),
            Matcher::Word(word) => value == word,
            Matcher::Present => true,
            Matcher::Absent => false,
            Matcher::Range(range) => value.as_number().is_some_and(|value| range.contains(value)),
            Matcher::Network(network) => value.as_str().is_some_and(|value| network.contains(value)),
            Matcher::But(matchers) => !matchers.iter().any(|matcher| matcher.accepts(value)),
        }
    }

    /// Reads a literal or a matcher.
    pub(super) fn parse(text: &str) -> Parsed {
        match text.as_bytes().first() {
            Some(b'{') => {
                let (key, operand) = only_member(text)?;
                matcher(&key, operand.get())
            }
            Some(b'[') => Err(PatternFault::NestedArray),
            _ => literal(text),
        }
    }
}

impl Text {
    fn accepts(&self, value: &str) -> bool {
        match self {
            Text::Equal(text) => value == text,
            Text::Prefix(text) => value.starts_with(text),
            Text::Suffix(text) => value.ends_with(text),
            Text::Wildcard(wildcard) => wildcard.accepts(value),
            Text::EqualIgnoringCase(text) => value.to_lowercase() == *text,
            Text::PrefixIgnoringCase(text) => value.to_lowercase().starts_with(text),
            Text::SuffixIgnoringCase(text) => value.to_lowercase().ends_with(text),
        }
    }
}

fn matcher(key: &str, operand: &str) -> Parsed {
    match key {
        "prefix" => affix("prefix", operand, Text::Prefix, Text::PrefixIgnoringCase),
        "suffix" => affix("suffix", operand, Text::Suffix, Text::SuffixIgnoringCase),
        "equals-ignore-case" => Ok(Matcher::Text(ignoring_case("equals-ignore-case", operand)?)),
        "wildcard" => Ok(Matcher::Text(wildcard(operand)?)),
        "exact" => Ok(Matcher::Text(Text::Equal(string("exact", operand)?))),
        "exists" => match operand {
            "true" => Ok(Matcher::Present),
            "false" => Ok(Matcher::Absent),
            _ => Err(PatternFault::Operand { matcher: "exists", expected: "true or false" }),
        },
        "numeric" => Ok(Matcher::Range(Range::parse(operand)?)),
        "cidr" => Ok(Matcher::Network(network(&string("cidr", operand)?)?)),
        "anything-but" => anything_but(operand).map(Matcher::But),
        other => Err(PatternFault::UnknownMatcher(other.chars().take(40).collect())),
    }
}

/// A prefix or a suffix: a text, or `{"equals-ignore-case": …}`.
fn affix(key: &'static str, operand: &str, exact: fn(String) -> Text, ignoring: fn(String) -> Text) -> Parsed {
    if !operand.starts_with('{') {
        return Ok(Matcher::Text(exact(string(key, operand)?)));
    }
    match only_member(operand)? {
        (inner, text) if inner == "equals-ignore-case" => {
            Ok(Matcher::Text(ignoring(string("equals-ignore-case", text.get())?.to_lowercase())))
        }
        _ => Err(PatternFault::Operand { matcher: key, expected: "a text or `equals-ignore-case`" }),
    }
}

fn ignoring_case(key: &'static str, operand: &str) -> Parsed<Text> {
    Ok(Text::EqualIgnoringCase(string(key, operand)?.to_lowercase()))
}

fn wildcard(operand: &str) -> Parsed<Text> {
    Ok(Text::Wildcard(Wildcard::parse(&string("wildcard", operand)?)?))
}

fn network(text: &str) -> Parsed<Network> {
    Network::parse(text).ok_or(PatternFault::Operand { matcher: "cidr", expected: "a network, such as 10.0.0.0/8" })
}

/// What must not match: literals of one kind, or a matcher of texts with one or several of them.
fn anything_but(operand: &str) -> Parsed<Vec<Matcher>> {
    const EXPECTED: &str = "texts or numbers, or one of prefix, suffix, equals-ignore-case and wildcard";
    let wrong = || PatternFault::Operand { matcher: "anything-but", expected: EXPECTED };
    if operand.starts_with('{') {
        let (key, operand) = only_member(operand)?;
        let read: fn(&str) -> Parsed<Text> = match key.as_str() {
            "prefix" => |text| Ok(Text::Prefix(filled("prefix", text)?)),
            "suffix" => |text| Ok(Text::Suffix(filled("suffix", text)?)),
            "equals-ignore-case" => |text| ignoring_case("equals-ignore-case", text),
            "wildcard" => wildcard,
            _ => return Err(wrong()),
        };
        return one_or_more(operand.get(), wrong, |text| read(text).map(Matcher::Text));
    }
    let matchers = one_or_more(operand, wrong, literal)?;
    let texts = matchers.iter().filter(|matcher| matches!(matcher, Matcher::Text(_))).count();
    let numbers = matchers.iter().filter(|matcher| matches!(matcher, Matcher::Number(_))).count();
    if texts == matchers.len() || numbers == matchers.len() { Ok(matchers) } else { Err(wrong()) }
}

fn one_or_more(operand: &str, wrong: impl Fn() -> PatternFault, read: impl Fn(&str) -> Parsed) -> Parsed<Vec<Matcher>> {
    if !operand.starts_with('[') {
        return Ok(vec![read(operand)?]);
    }
    let operands: Vec<&RawValue> = serde_json::from_str(operand).map_err(|_| wrong())?;
    if operands.is_empty() { Err(wrong()) } else { operands.iter().map(|operand| read(operand.get())).collect() }
}

fn literal(text: &str) -> Parsed {
    match serde_json::from_str(text).map_err(|error| PatternFault::Json(error.to_string()))? {
        Value::String(text) => Ok(Matcher::Text(Text::Equal(text))),
        Value::Number(number) => Ok(Matcher::Number(number)),
        word @ (Value::Bool(_) | Value::Null) => Ok(Matcher::Word(word)),
        Value::Array(_) | Value::Object(_) => Err(PatternFault::NestedArray),
    }
}

fn only_member(text: &str) -> Parsed<(String, &RawValue)> {
    let Members(members) = serde_json::from_str(text).map_err(|_| PatternFault::Repeated)?;
    let [member] = <[_; 1]>::try_from(members).map_err(|_| PatternFault::Matcher)?;
    Ok(member)
}

fn string(matcher: &'static str, operand: &str) -> Parsed<String> {
    serde_json::from_str(operand).map_err(|_| PatternFault::Operand { matcher, expected: "a text" })
}

fn filled(matcher: &'static str, operand: &str) -> Parsed<String> {
    let text = string(matcher, operand)?;
    if text.is_empty() {
        Err(PatternFault::Operand { matcher, expected: "a text that is not empty" })
    } else {
        Ok(text)
    }
}
