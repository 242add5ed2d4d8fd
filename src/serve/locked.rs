//! Locks that outlive a panic: whatever they guard is whole between two statements.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Waits for a lock, and takes it.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
