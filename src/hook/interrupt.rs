//! A signal that ends this process while a hook runs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::process::{Pid, Signal, kill_process_group};

/// Forwards a signal to the running hook, if any. Clones share their state.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    signal: Option<i32>,
    /// The process group of the running hook. Its leader is not reaped while the group is stored here, so that the
    /// number cannot belong to another process.
    group: Option<Pid>,
}

impl Interrupt {
    /// Remembers the signal and asks the hook to end at once; no further hook starts. Waits for nothing, so a clean-up that
    /// runs before the process ends may call it.
    pub(crate) fn pass_on(&self, signal: i32) {
        let mut seen = self.seen();
        seen.signal = Some(signal);
        if let Some(group) = seen.group {
            let _ = kill_process_group(group, Signal::TERM);
        }
    }

    /// The signal that arrived.
    pub(crate) fn signal(&self) -> Option<i32> {
        self.seen().signal
    }

    pub(super) fn begin(&self, group: Pid) {
        self.seen().group = Some(group);
    }

    pub(super) fn end(&self) {
        self.seen().group = None;
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
