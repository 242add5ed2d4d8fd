//! Settings of Systems Manager that clients have changed. A vault has no place for them, so they end with the server.

use std::collections::HashMap;
use std::sync::Mutex;

use super::locked::locked;
use crate::model::time::Timestamp;

/// Which settings have another value than their first one, by id. All regions lead to one vault, and to its settings.
#[derive(Default)]
pub(crate) struct Settings(Mutex<HashMap<&'static str, Customized>>);

/// A value that a client has set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Customized {
    /// One of those that the setting can have.
    pub value: String,
    pub at: Timestamp,
    /// The ARN of who it was.
    pub by: String,
}

impl Settings {
    /// The value that was set, if one was.
    pub(crate) fn get(&self, id: &str) -> Option<Customized> {
        locked(&self.0).get(id).cloned()
    }

    /// Sets a value, or the first one again.
    pub(crate) fn set(&self, id: &'static str, value: Option<Customized>) {
        match value {
            Some(value) => locked(&self.0).insert(id, value),
            None => locked(&self.0).remove(id),
        };
    }
}
