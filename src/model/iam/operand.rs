//! What the values of a condition key are compared with.

use std::cmp::Ordering;

use jiff::civil;
use jiff::tz::TimeZone;

use super::context::Context;
use super::fault::PolicyFlaw;
use super::pattern::{Pattern, Syntax};
use crate::model::network::Network;

/// How values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    /// As a whole.
    Text,
    /// As a whole, in any letter case.
    TextIgnoringCase,
    /// With wildcards.
    Like,
    /// As numbers.
    Number(Order),
    /// As instants.
    Instant(Order),
    /// As flags.
    Flag,
    /// As addresses in a network.
    Network,
    /// As ARNs, part by part.
    Arn,
}

/// Which order of a value and an operand is a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    fn accepts(self, order: Ordering) -> bool {
        match self {
            Order::Equal => order.is_eq(),
            Order::Less => order.is_lt(),
            Order::LessOrEqual => order.is_le(),
            Order::Greater => order.is_gt(),
            Order::GreaterOrEqual => order.is_ge(),
        }
    }
}

/// One value of a condition, ready to be compared with.
#[derive(Debug, Clone)]
pub(super) enum Operand {
    Text(Pattern),
    Number(Order, f64),
    Instant(Order, jiff::Timestamp),
    Flag(bool),
    Network(Network),
    /// The parts between colons, or one pattern that accepts everything.
    Arn(Vec<Pattern>),
}

/// Why a text is no operand.
pub(super) enum OperandFlaw {
    /// A variable in it is incomplete.
    Pattern(PolicyFlaw),
    /// It has another form than this.
    Expected(&'static str),
}

impl From<PolicyFlaw> for OperandFlaw {
    fn from(flaw: PolicyFlaw) -> Self {
        OperandFlaw::Pattern(flaw)
    }
}

impl Operand {
    /// Reads the value of a condition. `variables` says whether the policy's version has any.
    pub(super) fn parse(text: &str, comparison: Comparison, variables: bool) -> Result<Self, OperandFlaw> {
        let (whole, full) =
            if variables { (Syntax::Variables, Syntax::Full) } else { (Syntax::Literal, Syntax::Wildcards) };
        let expected = OperandFlaw::Expected;
        Ok(match comparison {
            Comparison::Text => Operand::Text(Pattern::parse(text, whole)?),
            Comparison::TextIgnoringCase => Operand::Text(Pattern::parse(text, whole)?.ignoring_case()),
            Comparison::Like => Operand::Text(Pattern::parse(text, full)?),
            Comparison::Number(order) => Operand::Number(order, number(text).ok_or(expected("a number"))?),
            Comparison::Instant(order) => {
                Operand::Instant(order, instant(text).ok_or(expected("an instant such as 2026-11-23T07:00:00Z"))?)
            }
            Comparison::Flag => Operand::Flag(flag(text).ok_or(expected("true or false"))?),
            Comparison::Network => {
                let network = Network::parse(text).or_else(|| Network::of_address(text));
                Operand::Network(network.ok_or(expected("an address or a network such as 10.0.0.0/8"))?)
            }
            Comparison::Arn => {
                let parts = arn_parts(text).ok_or(expected("an ARN"))?;
                Operand::Arn(parts.into_iter().map(|part| Pattern::parse(part, full)).collect::<Result<_, _>>()?)
            }
        })
    }

    /// Whether a value matches; `None` if a variable decides that has no value. A value of another type never does.
    pub(super) fn accepts(&self, value: &str, context: &Context) -> Option<bool> {
        Some(match self {
            Operand::Text(pattern) => return pattern.matches(value, context),
            Operand::Number(order, bound) => {
                number(value).and_then(|value| value.partial_cmp(bound)).is_some_and(|ordering| order.accepts(ordering))
            }
            Operand::Instant(order, bound) => instant(value).is_some_and(|value| order.accepts(value.cmp(bound))),
            Operand::Flag(expected) => flag(value) == Some(*expected),
            Operand::Network(network) => network.contains(value),
            Operand::Arn(patterns) => return arn_matches(patterns, value, context),
        })
    }
}

fn arn_matches(patterns: &[Pattern], value: &str, context: &Context) -> Option<bool> {
    if let [all] = patterns {
        return all.matches(value, context);
    }
    let mut parts = value.splitn(6, ':');
    for pattern in patterns {
        let Some(part) = parts.next() else { return Some(false) };
        if !pattern.matches(part, context)? {
            return Some(false);
        }
    }
    Some(true)
}

/// The six parts of an ARN, between colons outside of variables; one part for `*`.
fn arn_parts(text: &str) -> Option<Vec<&str>> {
    if text == "*" {
        return Some(vec![text]);
    }
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 && parts.len() < 5 => {
                parts.push(text.get(start..at)?);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(start..)?);
    (parts.len() == 6).then_some(parts)
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

fn flag(text: &str) -> Option<bool> {
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    if is("true") { Some(true) } else { is("false").then_some(false) }
}

/// An instant with its offset, or without one in UTC, a date, a month, or seconds since 1970.
fn instant(text: &str) -> Option<jiff::Timestamp> {
    if let Ok(seconds) = text.parse() {
        return jiff::Timestamp::from_second(seconds).ok();
    }
    let local = || text.parse::<civil::DateTime>().or_else(|_| format!("{text}-01").parse()).ok();
    let in_utc = || Some(local()?.to_zoned(TimeZone::UTC).ok()?.timestamp());
    text.parse().ok().or_else(in_utc)
}
