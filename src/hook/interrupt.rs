//! A signal that ends this process while hooks run.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::process::{Pid, Signal, kill_process_group};

/// Forwards a signal to the running hooks. Clones share their state.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    signal: Option<i32>,
    /// The process groups of the running hooks. A leader is not reaped while its group is stored here, so that the
    /// number cannot belong to another process.
    groups: Vec<Pid>,
}

impl Interrupt {
    /// Remembers the signal and asks the hooks to end at once; no further hook starts. Waits for nothing, so a clean-up that
    /// runs before the process ends may call it.
    pub(crate) fn pass_on(&self, signal: i32) {
        let mut seen = self.seen();
        seen.signal = Some(signal);
        for group in &seen.groups {
            let _ = kill_process_group(*group, Signal::TERM);
        }
    }

    /// The signal that arrived.
    pub(crate) fn signal(&self) -> Option<i32> {
        self.seen().signal
    }

    pub(super) fn begin(&self, group: Pid) {
        self.seen().groups.push(group);
    }

    pub(super) fn end(&self, group: Pid) {
        self.seen().groups.retain(|other| *other != group);
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
