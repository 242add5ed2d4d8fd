//! Settings of Systems Manager that clients have changed. A vault has no place for them, so they end with the server.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::time::Timestamp;

/// Which settings have another value than their first one, by region and id.
#[derive(Default)]
pub(crate) struct Settings(Mutex<HashMap<(String, &'static str), Customized>>);

/// A value that a client has set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Customized {
    /// One of those that the setting can have.
    pub value: &'static str,
    /// When.
    pub at: Timestamp,
    /// The ARN of who it was.
    pub by: String,
}

impl Settings {
    /// The value that was set in a region, if one was.
    pub(crate) fn get(&self, region: &str, id: &'static str) -> Option<Customized> {
        self.all().get(&(region.to_owned(), id)).cloned()
    }

    /// Sets a value, or the first one again.
    pub(crate) fn set(&self, region: &str, id: &'static str, value: Option<Customized>) {
        let key = (region.to_owned(), id);
        match value {
            Some(value) => self.all().insert(key, value),
            None => self.all().remove(&key),
        };
    }

    fn all(&self) -> MutexGuard<'_, HashMap<(String, &'static str), Customized>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
