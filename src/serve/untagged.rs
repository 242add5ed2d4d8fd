//! Secrets that have lost their last tag: AWS shows these with an empty list, and those that never had a tag without one.
//!
//! Documents do not store the difference, so it is known of what this server has done itself.

use std::collections::HashSet;
use std::sync::Mutex;

use super::locked::locked;
use crate::model::id::DocId;

/// The secrets whose last tag was removed.
#[derive(Default)]
pub(crate) struct Untagged(Mutex<HashSet<DocId>>);

impl Untagged {
    /// Tags of a secret were removed.
    pub(crate) fn add(&self, secret: DocId) {
        locked(&self.0).insert(secret);
    }

    /// Whether a secret without tags had some.
    pub(crate) fn has(&self, secret: DocId) -> bool {
        locked(&self.0).contains(&secret)
    }
}
