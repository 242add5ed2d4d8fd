//! The keys that this process has opened.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::crypto::key::KeyMaterial;
use crate::model::key::{Key, KeyDocument};
use crate::model::name::KeyName;

/// The keys that were read, and the versions of them that were opened.
#[derive(Default)]
pub(super) struct KeyRing {
    keys: Mutex<HashMap<KeyName, OpenKey>>,
}

/// A key that was verified, its document, and the versions of it that were opened.
struct OpenKey {
    key: Arc<Key>,
    document: Arc<KeyDocument>,
    versions: HashMap<u64, Arc<KeyMaterial>>,
}

impl KeyRing {
    /// Caches a key and its document, which were verified or written.
    pub(super) fn insert(&self, key: Key, document: KeyDocument) -> (Arc<Key>, Arc<KeyDocument>) {
        let (name, key, document) = (key.name.clone(), Arc::new(key), Arc::new(document));
        let open = OpenKey { key: Arc::clone(&key), document: Arc::clone(&document), versions: HashMap::new() };
        self.keys().insert(name, open);
        (key, document)
    }

    /// Forgets all keys: they are read again when they are needed.
    pub(super) fn clear(&self) {
        self.keys().clear();
    }

    pub(super) fn get(&self, name: &KeyName) -> Option<(Arc<Key>, Arc<KeyDocument>)> {
        self.keys().get(name).map(|open| (Arc::clone(&open.key), Arc::clone(&open.document)))
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
