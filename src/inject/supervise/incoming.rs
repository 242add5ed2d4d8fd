//! What a supervisor waits for: signals, and the ends of outputs.

use std::fs;
use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use rustix::process::{Signal, getpid, kill_process};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::raw::WithRawSiginfo;

/// What a supervisor has to act on.
pub(super) enum Event {
    Signal(Arrived),
    /// An output of the program came to its end.
    Closed(CloseReason),
}

/// How an output came to its end.
#[derive(Debug)]
pub(super) enum CloseReason {
    /// Nobody holds it open, and everything was passed on.
    End,
    /// Another process still holds it open, long after the program has exited.
    HeldOpen,
    /// Our reader is gone. The program will notice when it writes.
    ReaderGone,
    /// It could not be passed on.
    Failed(io::Error),
}

/// Where events are sent.
pub(super) type Events = Sender<Event>;

/// A signal, and who sent it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrived {
    pub(super) signal: Signal,
    /// By the system, such as for a key at the terminal, and not by a process.
    pub(super) is_from_system: bool,
}

impl Arrived {
    /// Whether it is a request to terminate, not just a notification.
    pub(super) fn ends_a_process(self) -> bool {
        matches!(self.signal, Signal::HUP | Signal::INT | Signal::QUIT | Signal::TERM)
    }
}

/// Signals from now on. None that arrives before the program has started is lost.
pub(crate) struct Incoming {
    sender: Events,
    events: Receiver<Event>,
}

/// The signals that a program may need. By default they have no effect on the first process of a container, so each has
/// to be caught and forwarded.
const HANDED_ON: [Signal; 10] = [
    Signal::HUP,
    Signal::INT,
    Signal::QUIT,
    Signal::TERM,
    Signal::USR1,
    Signal::USR2,
    Signal::ALARM,
    Signal::WINCH,
    Signal::TSTP,
    Signal::CONT,
];

impl Incoming {
    /// Takes the signals of this process. Signals that are already ignored, as under nohup(1), stay ignored, also by
    /// the program.
    pub(crate) fn take() -> io::Result<Incoming> {
        let ignored = ignored();
        let taken = HANDED_ON.into_iter().filter(|signal| ignored & (1 << (signal.as_raw() - 1)) == 0);
        let numbers = taken.chain([Signal::CHILD]).map(Signal::as_raw);
        let mut signals = SignalsInfo::<WithRawSiginfo>::new(numbers)?;
        let (sender, events) = channel();
        let to = sender.clone();
        thread::Builder::new().name("signals".into()).spawn(move || {
            for info in signals.forever() {
                let Some(signal) = Signal::from_named_raw(info.si_signo) else { continue };
                let arrived = Arrived { signal, is_from_system: info.si_code > 0 };
                if to.send(Event::Signal(arrived)).is_err() {
                    break;
                }
            }
        })?;
        Ok(Incoming { sender, events })
    }

    pub(super) fn into_parts(self) -> (Events, Receiver<Event>) {
        (self.sender, self.events)
    }
}

/// Stops this process until it is continued.
pub(super) fn stop_too() {
    // The first process of a container cannot be stopped, and just continues.
    let _ = kill_process(getpid(), Signal::STOP);
}

/// The signals that this process ignores, one bit each, if the system reports them.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}
