//! What was read and opened once, until its file changes.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::answer::Seconds;
use super::moments::{Dated, Moment, Moments};
use crate::engine::Imprint;
use crate::model::id::Uid;
use crate::model::time::Timestamp;
use crate::model::value::SecretValue;

/// How many documents of a kind are kept.
const MOST: usize = 16_384;

/// Documents of one kind, by name. Everything on it is wiped when it is dropped.
pub(super) struct Shelf<N, D>(Mutex<HashMap<N, Arc<Kept<D>>>>);

/// A document as it was, and the values of it that were opened.
pub(crate) struct Kept<D> {
    /// The document; `None` if there was none.
    pub document: Option<D>,
    moments: Moments,
    imprint: Imprint,
    /// Nearly always one.
    values: Mutex<Vec<(Uid, Arc<SecretValue>)>>,
}

impl<N, D> Default for Shelf<N, D> {
    fn default() -> Self {
        Shelf(Mutex::default())
    }
}

impl<N: Eq + Hash + Clone, D: Dated> Shelf<N, D> {
    /// What is kept of a name, if that is how it stands now.
    pub(super) fn get(&self, name: &N, imprint: &Imprint) -> Option<Arc<Kept<D>>> {
        self.entries().get(name).filter(|kept| kept.imprint == *imprint).map(Arc::clone)
    }

    /// Keeps a document.
    pub(super) fn put(&self, name: N, imprint: Imprint, document: Option<D>) -> Arc<Kept<D>> {
        let mut entries = self.entries();
        let before = entries.get(&name).map(|kept| &kept.moments);
        let moments = document.as_ref().map(|document| Moments::of(document, imprint.written(), before));
        let moments = moments.unwrap_or_default();
        let kept = Arc::new(Kept { document, moments, imprint, values: Mutex::default() });
        if entries.len() >= MOST
            && let Some(any) = entries.keys().next().cloned()
        {
            entries.remove(&any);
        }
        entries.insert(name, Arc::clone(&kept));
        kept
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<N, Arc<Kept<D>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<D> Kept<D> {
    /// An instant that the document states, as exactly as it is known.
    pub(crate) fn seconds(&self, moment: Moment, stated: Timestamp) -> Seconds {
        self.moments.seconds(moment, stated)
    }

    /// The value of a version, if it was opened.
    pub(super) fn value(&self, version: &Uid) -> Option<Arc<SecretValue>> {
        self.values().iter().find(|(of, _)| of == version).map(|(_, value)| Arc::clone(value))
    }

    /// Keeps the value of a version.
    pub(super) fn keep(&self, version: Uid, value: SecretValue) -> Arc<SecretValue> {
        let value = Arc::new(value);
        let mut values = self.values();
        // Two calls may have opened it at once.
        values.retain(|(of, _)| *of != version);
        values.reserve_exact(1);
        values.push((version, Arc::clone(&value)));
        value
    }

    fn values(&self) -> MutexGuard<'_, Vec<(Uid, Arc<SecretValue>)>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
