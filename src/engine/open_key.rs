//! A key as far as this process has opened it.

use std::collections::HashMap;
use std::rc::Rc;

use crate::crypto::key::KeyMaterial;
use crate::model::key::Key;

/// A key document that was verified, and the versions of it that were opened.
pub(super) struct OpenKey {
    pub(super) key: Rc<Key>,
    pub(super) versions: HashMap<u64, Rc<KeyMaterial>>,
}
