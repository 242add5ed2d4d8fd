//! The fields that must all match, and how they are read.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

use super::error::{PatternError, PatternFault};
use super::values::{Values, Verdict, elements};
use crate::model::json::Members;

/// The maximum number of levels.
const DEEPEST: usize = 16;

/// The maximum number of combinations of the branches of `$or`.
const MOST_COMBINATIONS: usize = 1000;

/// The maximum number of fields in all combinations together.
const MOST_FIELDS: usize = 10_000;

/// Fields by name, all of which must match. None has an `$or`.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields(BTreeMap<String, Field>);

#[derive(Debug, Clone)]
enum Field {
    Values(Values),
    Nested(Fields),
}

impl Fields {
    /// How they relate to a value of the event, which may be missing.
    pub(super) fn judge(&self, value: Option<&Value>) -> Verdict {
        let verdicts = match value {
            Some(Value::Array(array)) => elements(array).map(|element| self.judge_one(element)).reduce(nearer),
            Some(value) => Some(self.judge_one(value)),
            None => None,
        };
        verdicts.unwrap_or_else(|| self.judge_one(&Value::Null))
    }

    /// How they relate to one object. Anything else has no fields.
    fn judge_one(&self, value: &Value) -> Verdict {
        let mut all = Verdict::Absent;
        for (name, field) in &self.0 {
            let verdict = match field {
                Field::Values(values) => values.judge(value.get(name)),
                Field::Nested(fields) => fields.judge(value.get(name)),
            };
            match verdict {
                Verdict::Differs => return Verdict::Differs,
                Verdict::Absent => {}
                Verdict::Found => all = Verdict::Found,
            }
        }
        all
    }

    fn count(&self) -> usize {
        let fields = self.0.values().map(|field| match field {
            Field::Values(_) => 1,
            Field::Nested(fields) => 1 + fields.count(),
        });
        fields.sum()
    }

    /// Adds the fields of a branch of `$or`, or of a field beside one.
    fn add(&mut self, other: &Fields, path: &str) -> Result<(), PatternError> {
        for (name, field) in &other.0 {
            match (self.0.get_mut(name), field) {
                (None, field) => drop(self.0.insert(name.clone(), field.clone())),
                (Some(Field::Nested(ours)), Field::Nested(theirs)) => ours.add(theirs, &below(path, name))?,
                (Some(_), _) => return Err(PatternFault::Twice.at(&below(path, name))),
            }
        }
        Ok(())
    }
}

/// The verdict of several elements: one that has the fields is enough. Without one, they are absent only if they are
/// absent from all.
fn nearer(one: Verdict, other: Verdict) -> Verdict {
    match (one, other) {
        (Verdict::Found, _) | (_, Verdict::Found) => Verdict::Found,
        (Verdict::Absent, Verdict::Absent) => Verdict::Absent,
        _ => Verdict::Differs,
    }
}

/// Reads the fields of a pattern: all combinations of the branches of each `$or`.
pub(super) fn parse(text: &str) -> Result<Vec<Fields>, PatternError> {
    object("", text, DEEPEST)
}

fn object(path: &str, text: &str, depth: usize) -> Result<Vec<Fields>, PatternError> {
    let depth = depth.checked_sub(1).ok_or_else(|| PatternFault::TooDeep(DEEPEST).at(path))?;
    if !text.trim_start().starts_with('{') {
        return Err(PatternFault::NotAnObject.at(path));
    }
    let Members(members) = serde_json::from_str(text).map_err(|_| PatternFault::Repeated.at(path))?;
    if members.is_empty() {
        return Err(PatternFault::EmptyObject.at(path));
    }
    let mut combinations = vec![Fields::default()];
    for (name, value) in members {
        let field = if name == "$or" { or(path, value, depth)? } else { field(path, &name, value, depth)? };
        combinations = combined(path, &combinations, &field)?;
    }
    Ok(combinations)
}

fn field(path: &str, name: &str, value: &RawValue, depth: usize) -> Result<Vec<Fields>, PatternError> {
    let (path, text) = (below(path, name), value.get());
    let one = |field| Fields(BTreeMap::from([(name.to_owned(), field)]));
    match text.as_bytes().first() {
        Some(b'{') => Ok(object(&path, text, depth)?.into_iter().map(|fields| one(Field::Nested(fields))).collect()),
        Some(b'[') => Ok(vec![one(Field::Values(Values::parse(&path, text)?))]),
        _ => Err(PatternFault::NotAList.at(&path)),
    }
}

/// The combinations of all branches, one after the other.
fn or(path: &str, value: &RawValue, depth: usize) -> Result<Vec<Fields>, PatternError> {
    let path = below(path, "$or");
    let branches: Vec<&RawValue> = serde_json::from_str(value.get()).map_err(|_| PatternFault::Or.at(&path))?;
    if branches.len() < 2 || branches.iter().any(|branch| !branch.get().starts_with('{')) {
        return Err(PatternFault::Or.at(&path));
    }
    let mut combinations = Vec::new();
    for (number, branch) in branches.into_iter().enumerate() {
        combinations.extend(object(&format!("{path}[{number}]"), branch.get(), depth)?);
    }
    check_limits(&path, combinations.len(), count(&combinations))?;
    Ok(combinations)
}

/// Each combination of one with each of another.
fn combined(path: &str, ours: &[Fields], theirs: &[Fields]) -> Result<Vec<Fields>, PatternError> {
    check_limits(path, ours.len() * theirs.len(), count(ours) * theirs.len() + count(theirs) * ours.len())?;
    let mut combinations = Vec::new();
    for our in ours {
        for their in theirs {
            let mut both = our.clone();
            both.add(their, path)?;
            combinations.push(both);
        }
    }
    Ok(combinations)
}

fn count(combinations: &[Fields]) -> usize {
    combinations.iter().map(Fields::count).sum()
}

fn check_limits(path: &str, combinations: usize, fields: usize) -> Result<(), PatternError> {
    if combinations > MOST_COMBINATIONS {
        return Err(PatternFault::TooManyCombinations(MOST_COMBINATIONS).at(path));
    }
    if fields > MOST_FIELDS { Err(PatternFault::TooComplex(MOST_FIELDS).at(path)) } else { Ok(()) }
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
