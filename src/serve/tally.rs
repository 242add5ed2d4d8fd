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

/// The versions that one request was recorded to read. It is made again if it has to wait for something: what was recorded at the first
/// attempt counts then too.
#[derive(Default)]
pub(crate) struct Recorded(Mutex<Vec<Uid>>);

/// Reads that are counted.
#[derive(Default)]
pub(super) struct Tally {
    counts: Mutex<HashMap<Read, Count>>,
    /// The vault as each client has it open for an operation, to record its reads with.
    clients: Mutex<HashMap<(String, &'static str), Arc<Vault<'static>>>>,
}

struct Count {
    since: Instant,
    /// Those after the first.
    times: u64,
    of: Of,
    vault: Arc<Vault<'static>>,
}

impl Recorded {
    pub(super) fn has(&self, version: &Uid) -> bool {
        locked(&self.0).contains(version)
    }

    pub(super) fn add(&self, version: Uid) {
        locked(&self.0).push(version);
    }
}

impl Tally {
    /// Counts a read, if the same one was recorded within this second.
    pub(super) fn counts(&self, read: &Read) -> bool {
        let mut counts = locked(&self.counts);
        let Some(count) = counts.get_mut(read).filter(|count| count.since.elapsed() < SPAN) else { return false };
        count.times += 1;
        true
    }

    /// Reads like this one, which was just recorded, are counted from now on. `open` opens the vault for this client.
    pub(super) fn begin(&self, read: &Read, of: Of, open: impl FnOnce() -> Vault<'static>) {
        let client = (read.by.clone(), read.with);
        let vault = Arc::clone(locked(&self.clients).entry(client).or_insert_with(|| Arc::new(open())));
        let before = locked(&self.counts).insert(read.clone(), Count { since: Instant::now(), times: 0, of, vault });
        if let Some(count) = before {
            count.record(read);
        }
    }

    /// Records what was counted in seconds that are over; with `all`, also in this one.
    pub(super) fn settle(&self, all: bool) {
        let over: Vec<(Read, Count)> =
            locked(&self.counts).extract_if(|_, count| all || count.since.elapsed() >= SPAN).collect();
        for (read, count) in over {
            count.record(&read);
        }
        // A vault that was opened again, or a client that is gone, is not kept.
        locked(&self.clients).retain(|_, vault| Arc::strong_count(vault) > 1);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
