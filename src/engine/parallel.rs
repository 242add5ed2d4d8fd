//! Running the same function on many things, on as many threads as there are processors.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread::{self, Builder, ScopedJoinHandle};

/// For fewer documents than this a thread is not worth its startup time, 0.1 ms.
pub(super) const WORTH: usize = 12;
/// More threads than this only wait for the disk, and each has a stack of its own.
const THREADS: usize = 8;

/// The results of `look` for each thing, in order. A thread is started for `worth` of them and more. If the system provides no more
/// threads, this one does all the work.
pub(super) fn map<T: Sync, R: Send>(things: &[T], worth: usize, look: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let processors = || thread::available_parallelism().map_or(1, NonZero::get);
    let useful = THREADS.min(things.len() / worth);
    let threads = if useful > 1 { processors().min(useful) } else { 1 };
    let share = things.len().div_ceil(threads).max(1);
    let (first, rest) = things.split_at(share.min(things.len()));
    let work = |part: &[T]| part.iter().map(&look).collect::<Vec<R>>();
    thread::scope(|scope| {
        let start = |part| (part, Builder::new().spawn_scoped(scope, move || work(part)));
        let running: Vec<_> = rest.chunks(share).map(start).collect();
        let mut done = work(first);
        for (part, thread) in running {
            done.extend(match thread.map(ScopedJoinHandle::join) {
                Ok(Ok(results)) => results,
                Ok(Err(panic)) => resume_unwind(panic),
                Err(_) => work(part),
            });
        }
        done
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_the_things() {
        for count in [0, 1, WORTH, 1000, 1001] {
            let things: Vec<usize> = (0..count).collect();
            assert_eq!(map(&things, WORTH, |thing| thing * 2), (0..count).map(|thing| thing * 2).collect::<Vec<_>>());
        }
    }
}
