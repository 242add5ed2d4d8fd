//! Terminals: the one that controls this process, and those that are made for a program whose output is masked.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;

use rustix::fs::OFlags;
use rustix::process::getpgrp;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetpgrp, tcgetwinsize, tcsetattr, tcsetwinsize};

/// The controlling terminal, and how it was before the program ran.
pub(super) struct Terminal {
    file: File,
    settings: Termios,
}

impl Terminal {
    /// The terminal of this process, if it has one.
    pub(super) fn controlling() -> Option<Terminal> {
        let file = OpenOptions::new().read(true).write(true).open("/dev/tty").ok()?;
        let settings = tcgetattr(&file).ok()?;
        Some(Terminal { file, settings })
    }

    /// Restores the terminal after a program that could not.
    pub(super) fn restore(&self) {
        // In the background the terminal belongs to another process, and the attempt would stop this one.
        if tcgetpgrp(&self.file).is_ok_and(|group| group == getpgrp()) {
            let _ = tcsetattr(&self.file, OptionalActions::Drain, &self.settings);
        }
    }
}

/// A terminal for output only.
pub(super) struct Made {
    pub(super) ours: OwnedFd,
    pub(super) theirs: OwnedFd,
}

/// A terminal as large as `like`, and with the same settings but one: it changes no byte, because `like` will. It is
/// not a controlling terminal. Keys, job control and the questions that programs ask at `/dev/tty` stay with the real
/// one.
pub(super) fn make(like: &File) -> io::Result<Made> {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    rustix::io::fcntl_setfd(&ours, rustix::io::FdFlags::CLOEXEC)?;
    grantpt(&ours)?;
    unlockpt(&ours)?;
    let name = ptsname(&ours, Vec::new())?;
    let flags = OFlags::NOCTTY.bits().cast_signed();
    let theirs =
        OpenOptions::new().read(true).write(true).custom_flags(flags).open(OsStr::from_bytes(name.to_bytes()))?;
    let mut settings = tcgetattr(like)?;
    settings.output_modes.remove(rustix::termios::OutputModes::OPOST);
    tcsetattr(&theirs, OptionalActions::Now, &settings)?;
    tcsetwinsize(&ours, tcgetwinsize(like)?)?;
    Ok(Made { ours, theirs: theirs.into() })
}

/// Resizes a terminal to the size of the controlling one.
pub(super) fn copy_size(made: impl AsFd) {
    let Some(controlling) = Terminal::controlling() else { return };
    if let Ok(size) = tcgetwinsize(&controlling.file) {
        let _ = tcsetwinsize(made, size);
    }
}
