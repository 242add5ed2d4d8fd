//! The keys that this process has opened.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::crypto::key::KeyMaterial;
use crate::model::key::Key;
use crate::model::name::KeyName;

/// The keys that were read, and the versions of them that were opened.
#[derive(Default)]
pub(super) struct KeyRing {
    keys: Mutex<HashMap<KeyName, OpenKey>>,
}

/// A key document that was verified, and the versions of it that were opened.
struct OpenKey {
    key: Arc<Key>,
    versions: HashMap<u64, Arc<KeyMaterial>>,
}

impl KeyRing {
    /// Caches a key document that was verified or written.
    pub(super) fn insert(&self, key: Key) -> Arc<Key> {
        let key = Arc::new(key);
        let open = OpenKey { key: Arc::clone(&key), versions: HashMap::new() };
        self.keys().insert(key.name.clone(), open);
        key
    }

    /// Forgets all keys: they are read again when they are needed.
    pub(super) fn clear(&self) {
        self.keys().clear();
    }

    pub(super) fn get(&self, name: &KeyName) -> Option<Arc<Key>> {
        self.keys().get(name).map(|open| Arc::clone(&open.key))
    }

    pub(super) fn material(&self, name: &KeyName, number: u64) -> Option<Arc<KeyMaterial>> {
        self.keys().get(name).and_then(|open| open.versions.get(&number)).map(Arc::clone)
    }

    pub(super) fn insert_material(&self, name: &KeyName, number: u64, material: &Arc<KeyMaterial>) {
        if let Some(open) = self.keys().get_mut(name) {
            open.versions.insert(number, Arc::clone(material));
        }
    }

    fn keys(&self) -> MutexGuard<'_, HashMap<KeyName, OpenKey>> {
        // Each change is one insertion: no panic can leave half of one.
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
