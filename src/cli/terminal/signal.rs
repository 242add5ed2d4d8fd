//! Clean-up before a signal ends the process.
//!
//! The first guard starts a thread that waits for SIGHUP, SIGINT and SIGTERM. A signal runs the clean-ups of all living
//! guards, the newest first, and ends the process with 128 + its number. Before the first guard, signals do what they
//! always do. Handlers cannot be reset to their defaults, so the thread stays when the last guard is gone.
//!
//! The same thread notices that a stopped process continues: whoever set up the terminal then does it again.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;

use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;

type Cleanup = Box<dyn FnOnce() + Send>;
type Resumption = Box<dyn Fn() + Send>;

struct Registry {
    is_watching: bool,
    next: u64,
    cleanups: Vec<(u64, Cleanup)>,
    resumptions: Vec<(u64, Resumption)>,
    /// How many children hold the terminal: a Ctrl-C is for them.
    children: usize,
    /// Another component handles signals from now on.
    is_handed_over: bool,
}

static REGISTRY: Mutex<Registry> = Mutex::new(Registry {
    is_watching: false,
    next: 0,
    cleanups: Vec::new(),
    resumptions: Vec::new(),
    children: 0,
    is_handed_over: false,
});

/// SIGHUP or SIGTERM, once it has arrived: known before a call that it interrupts returns.
static ARRIVED: LazyLock<Arc<AtomicUsize>> = LazyLock::new(Arc::default);

/// As long as it lives, its function runs when a signal arrives. Dropping it runs nothing.
#[derive(Debug)]
#[must_use]
pub(crate) struct Guard(u64);

/// As long as it lives, SIGINT is left to a child that shares the terminal.
#[derive(Debug)]
#[must_use]
pub(crate) struct ChildHoldsTerminal(());

/// Registers a clean-up. It runs on a thread of its own and must not wait for anything.
pub(crate) fn before_end(cleanup: impl FnOnce() + Send + 'static) -> io::Result<Guard> {
    let mut registry = registry();
    let id = registry.id()?;
    registry.cleanups.push((id, Box::new(cleanup)));
    Ok(Guard(id))
}

/// Registers what is done whenever the process continues after it was stopped, such as by Ctrl-Z and `fg`.
pub(crate) fn after_stop(resumption: impl Fn() + Send + 'static) -> io::Result<Guard> {
    let mut registry = registry();
    let id = registry.id()?;
    registry.resumptions.push((id, Box::new(resumption)));
    Ok(Guard(id))
}

/// Leaves SIGINT to a child. Every process of the terminal's foreground group gets it, and an editor may live on.
pub(crate) fn leave_interrupts_to_child() -> io::Result<ChildHoldsTerminal> {
    let mut registry = registry();
    registry.watch()?;
    registry.children += 1;
    Ok(ChildHoldsTerminal(()))
}

/// Leaves all signals to another handler, for the rest of this process.
pub(crate) fn hand_over() {
    registry().is_handed_over = true;
}

/// Does what the signal would do: cleans up and ends the process with 128 + `signal`.
pub(crate) fn end(signal: i32) -> ! {
    // The lock is never released: anyone else who wants it waits until the process ends.
    let mut registry = registry();
    while let Some((_, cleanup)) = registry.cleanups.pop() {
        cleanup();
    }
    std::process::exit(128 + signal);
}

/// Ends a process whose question was interrupted: by a signal, or by a Ctrl-C that was typed.
pub(crate) fn end_interrupted() -> ! {
    end(cause_of(SIGINT))
}

/// console raises SIGINT whenever a signal interrupts its reading; the one that did it counts.
fn cause_of(signal: i32) -> i32 {
    match ARRIVED.load(Ordering::SeqCst) {
        0 => signal,
        other => i32::try_from(other).unwrap_or(signal),
    }
}

impl Registry {
    fn id(&mut self) -> io::Result<u64> {
        self.watch()?;
        self.next += 1;
        Ok(self.next)
    }

    fn watch(&mut self) -> io::Result<()> {
        if self.is_watching {
            return Ok(());
        }
        for signal in [SIGHUP, SIGTERM] {
            flag::register_usize(signal, Arc::clone(&ARRIVED), usize::try_from(signal).unwrap_or_default())?;
        }
        let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM, SIGCONT])?;
        thread::Builder::new().name("signals".into()).spawn(move || signals.forever().for_each(arrived))?;
        self.is_watching = true;
        Ok(())
    }
}

fn arrived(signal: i32) {
    if signal == SIGCONT {
        return registry().resumptions.iter().for_each(|(_, resumption)| resumption());
    }
    let is_ours = {
        let registry = registry();
        !registry.is_handed_over && (signal != SIGINT || registry.children == 0)
    };
    if is_ours {
        end(cause_of(signal));
    }
}

fn registry() -> MutexGuard<'static, Registry> {
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut registry = registry();
        registry.cleanups.retain(|(id, _)| *id != self.0);
        registry.resumptions.retain(|(id, _)| *id != self.0);
    }
}

impl Drop for ChildHoldsTerminal {
    fn drop(&mut self) {
        registry().children -= 1;
    }
}
