//! Identical reads of one client within a second are counted together: the first is recorded before its value leaves, the others as
//! one record when the second is over.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::kept::Kept;
use crate::engine::{Valuable, Valued, Vault};
use crate::model::id::Uid;
use crate::model::parameter::Parameter;
use crate::model::secret::Secret;

/// How long reads are counted together.
const SPAN: Duration = Duration::from_secs(1);

/// What was read: by which credential, with which operation, which version.
#[derive(PartialEq, Eq, Hash, Clone)]
pub(super) struct Read {
    /// The access key id.
    pub by: String,
    /// The operation.
    pub with: &'static str,
    /// The version.
    pub version: Uid,
}

/// The document of a read.
pub(super) enum Of {
    /// A parameter.
    Parameter(Arc<Kept<Parameter>>),
    /// A secret.
    Secret(Arc<Kept<Secret>>),
}

/// Reads that are counted.
#[derive(Default)]
pub(super) struct Tally(Mutex<HashMap<Read, Count>>);

struct Count {
    since: Instant,
    /// Those after the first.
    times: u64,
    of: Of,
    /// The vault as this client has it open, to record them with.
    vault: Vault<'static>,
}

impl Tally {
    /// Counts a read, if the same one was recorded within this second.
    pub(super) fn counts(&self, read: &Read) -> bool {
        let mut counts = self.counted();
        let Some(count) = counts.get_mut(read).filter(|count| count.since.elapsed() < SPAN) else { return false };
        count.times += 1;
        true
    }

    /// Reads like this one, which was just recorded, are counted from now on.
    pub(super) fn begin(&self, read: &Read, of: Of, vault: Vault<'static>) {
        let before = self.counted().insert(read.clone(), Count { since: Instant::now(), times: 0, of, vault });
        if let Some(count) = before {
            count.record(read);
        }
    }

    /// Records what was counted in seconds that are over; with `all`, also in this one.
    pub(super) fn settle(&self, all: bool) {
        let over: Vec<(Read, Count)> =
            self.counted().extract_if(|_, count| all || count.since.elapsed() >= SPAN).collect();
        for (read, count) in over {
            count.record(&read);
        }
    }

    fn counted(&self) -> MutexGuard<'_, HashMap<Read, Count>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Count {
    /// The log says itself if it cannot be written.
    fn record(&self, read: &Read) {
        if self.times == 0 {
            return;
        }
        match &self.of {
            Of::Parameter(kept) => record(&self.vault, kept, read, self.times),
            Of::Secret(kept) => record(&self.vault, kept, read, self.times),
        }
    }
}

fn record<D: Valued>(vault: &Vault<'static>, kept: &Kept<D>, read: &Read, times: u64) {
    let Some(document) = &kept.document else { return };
    let version = document.versions().iter().find(|version| version.uid() == read.version);
    let _ = version.map(|version| vault.reveal_again(document, version, times));
}
