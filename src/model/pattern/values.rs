//! The values of one field, of which one must match.

use std::sync::Arc;

use serde_json::Value;
use serde_json::value::RawValue;

use super::error::{PatternError, PatternFault};
use super::matcher::Matcher;

/// How a part of a pattern relates to a part of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It does not match.
    Differs,
    /// It matches because of what is missing, `{"exists": false}`.
    Absent,
    /// It matches what is there.
    Found,
}

/// What a field may be.
#[derive(Debug, Clone)]
pub(super) struct Values {
    matchers: Arc<[Matcher]>,
    may_be_absent: bool,
}

impl Values {
    /// Reads the array of a field.
    pub(super) fn parse(path: &str, text: &str) -> Result<Self, PatternError> {
        let values: Vec<&RawValue> = serde_json::from_str(text).map_err(|_| PatternFault::NotAList.at(path))?;
        if values.is_empty() {
            return Err(PatternFault::EmptyArray.at(path));
        }
        let read = |(number, value): (usize, &&RawValue)| {
            Matcher::parse(value.get()).map_err(|fault| fault.at(&format!("{path}[{number}]")))
        };
        let matchers = values.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()?;
        let may_be_absent = matchers.iter().any(|matcher| matches!(matcher, Matcher::Absent));
        Ok(Values { matchers: matchers.into(), may_be_absent })
    }

    /// How they relate to the value of the field. An object is no value, and neither is an array without any.
    pub(super) fn judge(&self, value: Option<&Value>) -> Verdict {
        let (mut is_absent, mut found) = (true, false);
        for one in elements(value.map_or(&[][..], std::slice::from_ref)).filter(|one| !one.is_object()) {
            is_absent = false;
            found = found || self.matchers.iter().any(|matcher| matcher.accepts(one));
        }
        match (found, is_absent && self.may_be_absent) {
            (true, _) => Verdict::Found,
            (false, true) => Verdict::Absent,
            (false, false) => Verdict::Differs,
        }
    }
}

/// The elements of an array and of the arrays in it, however deeply they are nested.
pub(super) fn elements(array: &[Value]) -> impl Iterator<Item = &Value> {
    let mut open = vec![array.iter()];
    std::iter::from_fn(move || {
        loop {
            match open.last_mut()?.next() {
                None => drop(open.pop()),
                Some(Value::Array(inner)) => open.push(inner.iter()),
                Some(element) => return Some(element),
            }
        }
    })
}
