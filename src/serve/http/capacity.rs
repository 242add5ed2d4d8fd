//! How many connections there are at most. Who comes when all places are taken gets that of the connection that has been idle for longest.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use super::gate::Gate;

/// A connection that was used this recently keeps its place: its client may be about to use it again.
const SPARED: Duration = Duration::from_secs(1);

pub(super) struct Capacity {
    free: Arc<Semaphore>,
    most: usize,
    open: RefCell<HashMap<usize, Rc<Gate>>>,
    next: Cell<usize>,
}

/// The place of a connection, until it is dropped.
pub(super) struct Place {
    capacity: Rc<Capacity>,
    number: usize,
    _permit: OwnedSemaphorePermit,
}

impl Capacity {
    pub(super) fn new(most: usize) -> Rc<Self> {
        Rc::new(Capacity {
            free: Arc::new(Semaphore::new(most)),
            most,
            open: RefCell::default(),
            next: Cell::default(),
        })
    }

    /// Waits for a place, and takes it for a connection whose gate is made then.
    pub(super) async fn take(self: &Rc<Self>, gate: impl FnOnce() -> Gate) -> Result<(Place, Rc<Gate>), AcquireError> {
        let permit = self.permit().await?;
        let (number, gate) = (self.next.get(), Rc::new(gate()));
        self.next.set(number.wrapping_add(1));
        self.open.borrow_mut().insert(number, Rc::clone(&gate));
        Ok((Place { capacity: Rc::clone(self), number, _permit: permit }, gate))
    }

    /// Ready once nobody has a place.
    pub(super) async fn all_gone(&self) {
        let all = u32::try_from(self.most).unwrap_or(u32::MAX);
        drop(self.free.acquire_many(all).await);
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit, AcquireError> {
        loop {
            let free = Arc::clone(&self.free).acquire_owned();
            if self.free.available_permits() > 0 || self.end_longest_idle() {
                return free.await;
            }
            if let Ok(permit) = timeout(SPARED, free).await {
                return permit;
            }
        }
    }

    /// Asks the connection to end that has been idle for longest. Returns whether there is one.
    fn end_longest_idle(&self) -> bool {
        let (open, now) = (self.open.borrow(), Instant::now());
        let idle = open.values().filter_map(|gate| Some((gate.idle_since()?, gate)));
        let longest = idle.min_by_key(|(since, _)| *since).filter(|(since, _)| now - *since >= SPARED);
        longest.inspect(|(_, gate)| gate.close()).is_some()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.capacity.open.borrow_mut().remove(&self.number);
    }
}
