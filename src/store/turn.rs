//! Whose turn it is among the threads of this process.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Something that one thread has at a time, in the order in which they asked for it.
#[derive(Debug, Default)]
pub(super) struct Turns(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    moved: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    /// The first one has the turn.
    numbers: VecDeque<u64>,
    last: u64,
}

/// The turn of a thread; on drop it is that of the next one.
#[derive(Debug)]
pub(super) struct Turn(Arc<Shared>);

impl Turns {
    /// Waits for those that asked before; `None` if that takes longer than `wait`.
    pub(super) fn take(&self, wait: Duration) -> Option<Turn> {
        let mut queue = self.0.queue();
        queue.last += 1;
        let own = queue.last;
        queue.numbers.push_back(own);
        let is_behind = |queue: &mut Queue| queue.numbers.front() != Some(&own);
        let waited = self.0.moved.wait_timeout_while(queue, wait, is_behind);
        let (mut queue, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            queue.numbers.retain(|number| *number != own);
            return None;
        }
        Some(Turn(Arc::clone(&self.0)))
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.queue().numbers.pop_front();
        self.0.moved.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn one_that_waited_too_long_holds_up_nobody() {
        let turns = Turns::default();
        let held = turns.take(Duration::ZERO).unwrap();
        assert!(turns.take(Duration::from_millis(1)).is_none());
        std::thread::scope(|scope| {
            let others = [(); 3].map(|()| scope.spawn(|| turns.take(LONG).is_some()));
            drop(held);
            assert!(others.into_iter().all(|other| other.join().unwrap()));
        });
        assert!(turns.take(Duration::ZERO).is_some());
    }
}
