//! Settings of Systems Manager that clients have changed. A vault has no place for them, so they end with the server.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::time::Timestamp;

/// Which settings have another value than their first one, by id. All regions lead to one vault, and to its settings.
#[derive(Default)]
pub(crate) struct Settings(Mutex<HashMap<&'static str, Customized>>);

/// A value that a client has set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Customized {
    /// One of those that the setting can have.
    pub value: String,
    /// When.
    pub at: Timestamp,
    /// The ARN of who it was.
    pub by: String,
}

impl Settings {
    /// The value that was set, if one was.
    pub(crate) fn get(&self, id: &str) -> Option<Customized> {
        self.all().get(id).cloned()
    }

    /// Sets a value, or the first one again.
    pub(crate) fn set(&self, id: &'static str, value: Option<Customized>) {
        match value {
            Some(value) => self.all().insert(id, value),
            None => self.all().remove(id),
        };
    }

    fn all(&self) -> MutexGuard<'_, HashMap<&'static str, Customized>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
