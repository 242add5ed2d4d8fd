//! A terminal while a question is open: set for the answer, with the question on it.
//!
//! Its settings are restored on drop, and when a signal ends the process. When the process continues after it was stopped, they
//! are set again and the question is shown again, because the shell has set its own meanwhile.

use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::{Signal, kill_current_process_group};
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use super::signal;

/// What a special character of a terminal is when there is none.
const NONE: u8 = if cfg!(any(target_os = "linux", target_os = "android")) { 0 } else { 0xff };

/// Whether the terminal shows what is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Echo {
    /// It does, and corrects the line.
    Shown,
    /// It does not, and passes on each byte, so that its own limit does not cut the line.
    Hidden,
}

/// An open question.
pub(crate) struct Asking<'a> {
    terminal: &'a File,
    original: Termios,
    wanted: Termios,
    is_restarted: Arc<AtomicBool>,
    _guards: [signal::Guard; 2],
}

impl<'a> Asking<'a> {
    /// Sets the terminal, forgets what was typed before the question, and shows it.
    pub(crate) fn begin(terminal: &'a File, question: &str, echo: Echo) -> io::Result<Self> {
        let original = tcgetattr(terminal)?;
        let wanted = settings(&original, echo);
        let (again, before) = (terminal.try_clone()?, original.clone());
        let end = signal::before_end(move || {
            let _ = tcsetattr(&again, OptionalActions::Flush, &before);
            let _ = (&again).write_all(b"\n");
        })?;
        let is_restarted = Arc::new(AtomicBool::new(false));
        let (again, settings, shown) = (terminal.try_clone()?, wanted.clone(), question.to_owned());
        let restarted = Arc::clone(&is_restarted);
        let resumed = signal::after_stop(move || {
            restarted.store(true, Ordering::SeqCst);
            let _ = tcsetattr(&again, OptionalActions::Flush, &settings);
            let _ = (&again).write_all(shown.as_bytes());
        })?;
        tcsetattr(terminal, OptionalActions::Flush, &wanted)?;
        let asking = Asking { terminal, original, wanted, is_restarted, _guards: [end, resumed] };
        (&*terminal).write_all(question.as_bytes())?;
        Ok(asking)
    }

    /// The next byte. `None` at the end of the input, or if the terminal is gone. What was typed before the process was stopped
    /// is cleared: the question was shown again.
    pub(crate) fn next(&self, typed: &mut Vec<u8>) -> Option<u8> {
        let mut byte = Zeroizing::new([0]);
        let mut terminal = self.terminal;
        loop {
            match terminal.read(&mut *byte) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                // A terminal that was hung up answers with EIO.
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
            if self.is_restarted.swap(false, Ordering::SeqCst) {
                typed.clear();
            }
            if !self.suspends(byte[0]) {
                return Some(byte[0]);
            }
            self.suspend().ok()?;
            typed.clear();
        }
    }

    /// Whether this is the Ctrl-Z that the terminal does not act on while nothing is shown.
    fn suspends(&self, byte: u8) -> bool {
        let suspend = SpecialCodeIndex::VSUSP;
        self.wanted.special_codes[suspend] == NONE && byte != NONE && byte == self.original.special_codes[suspend]
    }

    /// Stops like any program, but with the terminal as it was: not every shell resets it.
    fn suspend(&self) -> io::Result<()> {
        tcsetattr(self.terminal, OptionalActions::Flush, &self.original)?;
        kill_current_process_group(Signal::TSTP)?;
        // Without forgetting what is typed: the question may be there again already, and somebody answers it.
        Ok(tcsetattr(self.terminal, OptionalActions::Now, &self.wanted)?)
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        // What follows a hidden line, such as the rest of a text that was pasted, must not reach the shell.
        let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.original);
    }
}

fn settings(original: &Termios, echo: Echo) -> Termios {
    let mut wanted = original.clone();
    if echo == Echo::Shown {
        wanted.local_modes.insert(LocalModes::ECHO | LocalModes::ICANON);
        return wanted;
    }
    wanted.local_modes.remove(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON);
    wanted.special_codes[SpecialCodeIndex::VMIN] = 1;
    wanted.special_codes[SpecialCodeIndex::VTIME] = 0;
    if wanted.local_modes.contains(LocalModes::ISIG) {
        wanted.special_codes[SpecialCodeIndex::VSUSP] = NONE;
    }
    wanted
}
