//! What was read and opened once, until its file changes.

use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Deref;
use std::sync::{Arc, Mutex};

use super::answer::Seconds;
use super::locked::locked;
use super::moments::{Dated, Moment, Moments};
use crate::engine::Imprint;
use crate::model::id::Uid;
use crate::model::time::Timestamp;
use crate::model::value::SecretValue;

/// How many documents of a kind are kept.
const MOST: usize = 16_384;

/// Documents of one kind, by name. Everything on it is wiped when it is dropped.
pub(super) struct Shelf<N, D>(Mutex<HashMap<N, Found<D>>>);

/// What was found of a name: a document, or that there is none.
struct Found<D> {
    imprint: Imprint,
    kept: Option<Arc<Kept<D>>>,
}

/// A document as it was, and the values of it that were opened.
pub(crate) struct Kept<D> {
    document: D,
    moments: Moments,
    /// Nearly always one.
    values: Mutex<Vec<(Uid, Arc<SecretValue>)>>,
}

impl<N, D> Default for Shelf<N, D> {
    fn default() -> Self {
        Shelf(Mutex::default())
    }
}

impl<N: Eq + Hash + Clone, D: Dated> Shelf<N, D> {
    /// The document of a name: what is kept of it, if that is how it stands now, or what `read` reads.
    pub(super) fn find<E>(
        &self,
        name: &N,
        imprint: Imprint,
        read: impl FnOnce() -> Result<Option<D>, E>,
    ) -> Result<Option<Arc<Kept<D>>>, E> {
        if let Some(found) = locked(&self.0).get(name).filter(|found| found.imprint == imprint) {
            return Ok(found.kept.clone());
        }
        let document = read()?;
        let mut entries = locked(&self.0);
        let before = entries.get(name).and_then(|found| Some(&found.kept.as_ref()?.moments));
        let kept = document.map(|document| {
            let moments = Moments::of(&document, imprint.written(), before);
            Arc::new(Kept { document, moments, values: Mutex::default() })
        });
        if entries.len() >= MOST
            && let Some(any) = entries.keys().next().cloned()
        {
            entries.remove(&any);
        }
        entries.insert(name.clone(), Found { imprint, kept: kept.clone() });
        Ok(kept)
    }
}

impl<D> Deref for Kept<D> {
    type Target = D;

    fn deref(&self) -> &D {
        &self.document
    }
}

impl<D> Kept<D> {
    /// An instant that the document states, as exactly as it is known.
    pub(crate) fn seconds(&self, moment: Moment, stated: Timestamp) -> Seconds {
        self.moments.seconds(moment, stated)
    }

    /// The value of a version, if it was opened.
    pub(super) fn value(&self, version: &Uid) -> Option<Arc<SecretValue>> {
        locked(&self.values).iter().find(|(of, _)| of == version).map(|(_, value)| Arc::clone(value))
    }

    /// Keeps the value of a version.
    pub(super) fn keep(&self, version: Uid, value: SecretValue) -> Arc<SecretValue> {
        let value = Arc::new(value);
        let mut values = locked(&self.values);
        // Two calls may have opened it at once.
        values.retain(|(of, _)| *of != version);
        values.reserve_exact(1);
        values.push((version, Arc::clone(&value)));
        value
    }
}
