//! The threads of rotations that clients have begun: a few at a time, the others wait, and all end with the server.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use super::locked::locked;
use super::log::Log;
use crate::hook::Settings;

/// How many rotations run at once.
const AT_ONCE: usize = 4;
/// How long the end of the server waits for hooks that were asked to end. They are killed after two seconds.
const PATIENCE: Duration = Duration::from_secs(5);

type Work = Box<dyn FnOnce(&Settings, &Log) + Send>;

/// How rotations run that clients begin.
pub(crate) struct Rotations {
    settings: Settings,
    log: Log,
    queue: Mutex<Queue>,
    idle: Condvar,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Work>,
    running: usize,
}

/// The place of a thread among those that run, also if its work panics.
struct Place<'r>(&'r Rotations);

impl Rotations {
    pub(crate) fn new(settings: Settings, log: Log) -> Arc<Self> {
        Arc::new(Rotations { settings, log, queue: Mutex::default(), idle: Condvar::new() })
    }

    /// Runs the steps of a rotation in another thread, now or once one of those that run has ended.
    pub(super) fn begin(self: &Arc<Self>, work: impl FnOnce(&Settings, &Log) + Send + 'static) -> io::Result<()> {
        let mut queue = locked(&self.queue);
        queue.waiting.push_back(Box::new(work));
        if queue.running == AT_ONCE {
            return Ok(());
        }
        let own = Arc::clone(self);
        let started = thread::Builder::new().name("rotation".into()).spawn(move || own.run());
        match started {
            Ok(_) => queue.running += 1,
            Err(error) if queue.running == 0 => {
                queue.waiting.clear();
                return Err(error);
            }
            // One of those that run takes it.
            Err(_) => {}
        }
        Ok(())
    }

    /// Asks the hooks to end, and waits for the failures to be written down. No hook starts any more.
    pub(super) fn end(&self) {
        self.settings.interrupt.pass_on(Signal::TERM.as_raw());
        let is_running = |queue: &mut Queue| queue.running > 0;
        drop(self.idle.wait_timeout_while(locked(&self.queue), PATIENCE, is_running));
    }

    fn run(&self) {
        let _place = Place(self);
        while let Some(work) = self.next() {
            work(&self.settings, &self.log);
        }
    }

    fn next(&self) -> Option<Work> {
        locked(&self.queue).waiting.pop_front()
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        locked(&self.0.queue).running -= 1;
        self.0.idle.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn a_few_run_at_once_and_the_end_waits_for_all() {
        let rotations = Rotations::new(Settings::default(), Arc::new(|_| {}));
        let (begun, begins) = channel();
        let (go, gate) = channel::<()>();
        let gate = Arc::new(Mutex::new(gate));
        for number in 0..AT_ONCE + 2 {
            let (begun, gate) = (begun.clone(), Arc::clone(&gate));
            let work = move |settings: &Settings, _: &Log| {
                begun.send((number, settings.interrupt.signal())).unwrap();
                let _ = gate.lock().unwrap().recv();
            };
            rotations.begin(work).unwrap();
        }
        let first: Vec<_> = begins.iter().take(AT_ONCE).collect();
        assert!(first.iter().all(|(number, signal)| *number < AT_ONCE && signal.is_none()), "{first:?}");
        assert!(begins.recv_timeout(Duration::from_millis(50)).is_err(), "the others wait");
        drop(go);
        rotations.end();
        assert_eq!(begins.try_iter().count(), 2);
        assert_eq!(locked(&rotations.queue).running, 0);
    }
}
