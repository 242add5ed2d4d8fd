//! Doing the same to several things at once, on a few threads. The results come in the order of the things.

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

/// What a thread says.
enum Said<R> {
    Detail(String),
    Done(usize, R),
}

/// Does `work` to each thing, at most `jobs` at once. What it says meanwhile goes to `detail`, on this thread, which also
/// does the work if nothing is done beside it.
pub(super) fn each<T: Sync, R: Send>(
    things: &[T],
    jobs: usize,
    work: impl Fn(&T, &dyn Fn(String)) -> R + Sync,
    detail: impl FnMut(String),
) -> Vec<R> {
    let jobs = jobs.min(things.len());
    if jobs <= 1 {
        let detail = RefCell::new(detail);
        return things.iter().map(|thing| work(thing, &|text| detail.borrow_mut()(text))).collect();
    }
    on_threads(things, jobs, work, detail)
}

fn on_threads<T: Sync, R: Send>(
    things: &[T],
    jobs: usize,
    work: impl Fn(&T, &dyn Fn(String)) -> R + Sync,
    mut detail: impl FnMut(String),
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let (send, receive) = mpsc::channel();
    let worker = |send: mpsc::Sender<Said<R>>| {
        let said = |said| drop(send.send(said));
        while let at = next.fetch_add(1, Ordering::Relaxed)
            && let Some(thing) = things.get(at)
        {
            said(Said::Done(at, work(thing, &|text| said(Said::Detail(text)))));
        }
    };
    let mut done: Vec<Option<R>> = things.iter().map(|_| None).collect();
    thread::scope(|scope| {
        for _ in 0..jobs {
            let (worker, send) = (&worker, send.clone());
            scope.spawn(move || worker(send));
        }
        drop(send);
        for said in receive {
            match said {
                Said::Detail(text) => detail(text),
                Said::Done(at, result) => done[at] = Some(result),
            }
        }
    });
    done.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn results_are_in_order_and_as_many_run_at_once_as_were_asked_for() {
        let (together, things) = (Barrier::new(3), [5, 1, 9]);
        let mut details = Vec::new();
        let work = |thing: &i32, detail: &dyn Fn(String)| {
            together.wait();
            detail(thing.to_string());
            thing * 2
        };
        assert_eq!(each(&things, 3, work, |text| details.push(text)), [10, 2, 18]);
        details.sort();
        assert_eq!(details, ["1", "5", "9"]);
        let alone = |thing: &i32, _: &dyn Fn(String)| *thing;
        assert_eq!(each(&things, 1, alone, |_| {}), things);
        assert!(each(&[], 4, alone, |_| {}).is_empty());
    }
}
