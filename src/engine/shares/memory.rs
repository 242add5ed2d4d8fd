//! The shares of a vault, once somebody who reads nothing else has needed them.

use std::sync::{Arc, Mutex, PoisonError};

use crate::engine::refused::Checked;
use crate::model::share::Share;

/// The shares that were read.
#[derive(Default)]
pub(in crate::engine) struct ShareMemory(Mutex<Option<Arc<Checked<Share>>>>);

impl ShareMemory {
    pub(in crate::engine) fn get(&self) -> Option<Arc<Checked<Share>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(in crate::engine) fn put(&self, shares: Checked<Share>) -> Arc<Checked<Share>> {
        let shares = Arc::new(shares);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&shares));
        shares
    }

    /// Forgets them: they are read again when they are needed.
    pub(in crate::engine) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}
