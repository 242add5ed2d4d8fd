//! JSON, level by level: each value is a part of the text, so its place in it is known.

use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::limits::Limits;
use super::tree::Tree;
use crate::format::{FormatError, caps};
use crate::model::json::{self, Members};

pub(super) fn read(text: &str, limits: Limits) -> Result<Tree, FormatError> {
    let whole = serde_json::from_str(text).map_err(|error| FormatError::Malformed { line: error.line().max(1) })?;
    Reader { whole: text, limits, left: limits.nodes }.tree(whole, 0)
}

pub(super) fn read_all(text: &str, limits: Limits) -> Result<Vec<Tree>, FormatError> {
    let mut reader = Reader { whole: text, limits, left: limits.nodes };
    let documents = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    let document = |read: Result<&RawValue, serde_json::Error>| {
        reader.tree(read.map_err(|error| FormatError::Malformed { line: error.line().max(1) })?, 0)
    };
    documents.map(document).collect()
}

struct Reader<'a> {
    whole: &'a str,
    limits: Limits,
    /// How many more pieces there may be.
    left: usize,
}

impl Reader<'_> {
    fn tree(&mut self, raw: &RawValue, level: usize) -> Result<Tree, FormatError> {
        if level > caps::FOREIGN_DEPTH {
            return Err(FormatError::TooDeep { line: self.line(raw) });
        }
        self.left = self.left.checked_sub(1).ok_or(self.limits.exceeded())?;
        let wrong =
            |error: &serde_json::Error| FormatError::Malformed { line: self.line(raw) + error.line().max(1) - 1 };
        Ok(match raw.get().as_bytes().first() {
            Some(b'{') => {
                let Members(members) = serde_json::from_str(raw.get()).map_err(|error| wrong(&error))?;
                let mut map = Vec::with_capacity(members.len());
                for (key, value) in members {
                    map.push((key, self.tree(value, level + 1)?));
                }
                Tree::Map(map)
            }
            Some(b'[') => {
                let elements: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(|error| wrong(&error))?;
                let mut list = Vec::with_capacity(elements.len());
                for element in elements {
                    list.push(self.tree(element, level + 1)?);
                }
                Tree::List(list)
            }
            Some(b'n') => Tree::Null,
            Some(b'"') => {
                Tree::Text(json::read_text(raw).ok_or_else(|| FormatError::Malformed { line: self.line(raw) })?)
            }
            _ => Tree::Bare(Zeroizing::new(raw.get().to_owned())),
        })
    }

    /// The line where a part of the text begins.
    fn line(&self, part: &RawValue) -> usize {
        let start = part.get().as_ptr().addr().saturating_sub(self.whole.as_ptr().addr());
        1 + self.whole.as_bytes().iter().take(start).filter(|byte| **byte == b'\n').count()
    }
}
