//! Identical reads of one client within a second are counted together: the first is recorded before its value leaves, the others as
//! one record when the second is over.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::locked::locked;
use crate::engine::{Valuable, Valued, Vault};
use crate::model::id::Uid;

/// How long reads are counted together.
const SPAN: Duration = Duration::from_secs(1);

/// What was read: by which credential, with which operation, which version.
#[derive(PartialEq, Eq, Hash, Clone)]
pub(super) struct Read {
    /// The access key id.
    pub by: String,
    /// The operation.
    pub with: &'static str,
    pub version: Uid,
}

/// Records that a document's version was read so many more times.
type Record = Box<dyn Fn(&Vault<'static>, u64) + Send>;

/// The versions that one request was recorded to read. It is made again if it has to wait for something: what was recorded at the first
/// attempt counts then too.
#[derive(Default)]
pub(crate) struct Recorded(Mutex<Vec<Uid>>);

/// Which counted reads are recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settled {
    /// Those of seconds that are over.
    Past,
    /// Also those of this second: the server ends.
    All,
}

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
    record: Record,
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

    /// Reads like this one, which was just recorded, are counted from now on. `open` opens the vault for this client, with which `record`
    /// is called.
    pub(super) fn begin(&self, read: &Read, open: impl FnOnce() -> Vault<'static>, record: Record) {
        let client = (read.by.clone(), read.with);
        let vault = Arc::clone(locked(&self.clients).entry(client).or_insert_with(|| Arc::new(open())));
        let count = Count { since: Instant::now(), times: 0, record, vault };
        if let Some(before) = locked(&self.counts).insert(read.clone(), count) {
            before.settle();
        }
    }

    /// Records what was counted.
    pub(super) fn settle(&self, which: Settled) {
        let is_due = |count: &Count| which == Settled::All || count.since.elapsed() >= SPAN;
        let over: Vec<_> = locked(&self.counts).extract_if(|_, count| is_due(count)).collect();
        for (_, count) in over {
            count.settle();
        }
        // A vault that was opened again, or a client that is gone, is not kept.
        locked(&self.clients).retain(|_, vault| Arc::strong_count(vault) > 1);
    }
}

impl Count {
    fn settle(&self) {
        if self.times > 0 {
            (self.record)(&self.vault, self.times);
        }
    }
}

/// Records more reads of a version that was recorded before. The log says itself if it cannot be written.
pub(super) fn record_again<D: Valued>(vault: &Vault<'_>, document: &D, version: Uid, times: u64) {
    let version = document.versions().iter().find(|it| it.uid() == version);
    let _ = version.map(|version| vault.reveal_again(document, version, times));
}
