//! Ranges of numbers.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::error::PatternFault;

/// The numbers between two ends, either of which may be missing.
#[derive(Debug, Clone)]
pub(super) struct Range {
    bottom: Option<End>,
    top: Option<End>,
}

#[derive(Debug, Clone)]
struct End {
    number: Number,
    is_included: bool,
}

impl Range {
    /// Reads `["=", n]`, `[">", n]`, `["<=", n]`, or both ends: `[">=", n, "<", m]`.
    pub(super) fn parse(operand: &str) -> Result<Self, PatternFault> {
        let fault = |expected| PatternFault::Operand { matcher: "numeric", expected };
        let form = || fault(r#"a comparison such as [">", 0, "<=", 5]"#);
        let parts: Vec<Value> = serde_json::from_str(operand).map_err(|_| form())?;
        let end = |sign: &str, number: &Number| End { number: number.clone(), is_included: sign.ends_with('=') };
        let range = match parts.as_slice() {
            [Value::String(sign), Value::Number(one)] => match sign.as_str() {
                "=" => Range { bottom: Some(end("=", one)), top: Some(end("=", one)) },
                ">" | ">=" => Range { bottom: Some(end(sign, one)), top: None },
                "<" | "<=" => Range { bottom: None, top: Some(end(sign, one)) },
                _ => return Err(form()),
            },
            [Value::String(above), Value::Number(bottom), Value::String(below), Value::Number(top)]
                if matches!(above.as_str(), ">" | ">=") && matches!(below.as_str(), "<" | "<=") =>
            {
                if compare(bottom, top).is_ge() {
                    return Err(fault("a bottom that is less than the top"));
                }
                Range { bottom: Some(end(above, bottom)), top: Some(end(below, top)) }
            }
            _ => return Err(form()),
        };
        Ok(range)
    }

    /// Whether a number is in it.
    pub(super) fn contains(&self, number: &Number) -> bool {
        let within = |end: &Option<End>, side: Ordering| {
            end.as_ref().is_none_or(|end| match compare(number, &end.number) {
                Ordering::Equal => end.is_included,
                other => other == side,
            })
        };
        within(&self.bottom, Ordering::Greater) && within(&self.top, Ordering::Less)
    }
}

/// Compares by value, so `300` and `3e2` are equal. Integers are compared exactly.
pub(super) fn compare(a: &Number, b: &Number) -> Ordering {
    match (a.as_i128(), b.as_i128(), a.as_f64(), b.as_f64()) {
        (Some(a), Some(b), _, _) => a.cmp(&b),
        // JSON has neither infinities nor NaN; zeros of both signs are equal.
        (_, _, Some(a), Some(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Less),
        _ => Ordering::Less,
    }
}
