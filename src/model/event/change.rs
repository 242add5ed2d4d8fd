//! What changed between two states of a document.

mod parameter;
mod secret;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use self::parameter::of_parameter;
use self::secret::of_secret;
use super::summary::{Summarised, Summary};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// The service of AWS that would raise it, or `vault`.
    pub source: &'static str,
    /// What happened.
    pub detail_type: &'static str,
    /// What tells it from other changes of the same document in the same revision.
    pub subject: String,
    /// What is known of it.
    pub detail: Value,
}

/// An object with more members.
fn with(mut detail: Value, more: Value) -> Value {
    if let (Some(members), Value::Object(more)) = (detail.as_object_mut(), more) {
        members.extend(more);
    }
    detail
}

/// What happened between two states; everything, if there was none before. `resource` is its ARN.
pub(crate) fn changes(before: Option<&Summary>, after: &Summary, resource: &str) -> Vec<Change> {
    match after.of {
        Summarised::Parameter => of_parameter(before, after),
        Summarised::Secret => of_secret(before, after, resource),
        Summarised::Team => before.map(|before| of_team(before, after)).unwrap_or_default(),
    }
}

/// Who came, who left, and whose role changed.
fn of_team(before: &Summary, after: &Summary) -> Vec<Change> {
    let names: BTreeSet<&String> = before.members.keys().chain(after.members.keys()).collect();
    let change = |name: &String| {
        let (was, is) = (before.members.get(name), after.members.get(name));
        let operation = match (was, is) {
            (None, Some(_)) => "Add",
            (Some(_), None) => "Remove",
            (Some(was), Some(is)) if was != is => "Update",
            _ => return None,
        };
        let mut detail = json!({"operation": operation, "name": name, "by": after.by});
        for (key, role) in [("role", is), ("previous-role", was)] {
            if let Some(role) = role {
                detail[key] = role.clone().into();
            }
        }
        let subject = format!("{operation} {name}");
        Some(Change { source: "vault", detail_type: "Vault Member Change", subject, detail })
    };
    names.into_iter().filter_map(change).collect()
}
