//! Where the program's output goes: directly to our output, or through the mask.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Command, Stdio};

use super::terminal;

/// The streams that are masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Masked {
    /// The standard output.
    pub stdout: bool,
    /// The standard error.
    pub stderr: bool,
}

impl Masked {
    /// Whether any of them is.
    pub(crate) fn any(self) -> bool {
        self.stdout || self.stderr
    }
}

/// How each stream is handled, decided once.
pub(super) struct Outputs {
    stdout: Option<To>,
    stderr: Option<To>,
    /// Both have the same destination and go through one pipe, so that they keep their order.
    is_one: bool,
}

struct To {
    file: File,
    is_terminal: bool,
}

/// One output, from the program to us.
pub(super) struct Connected {
    pub(super) from: File,
    pub(super) to: File,
    /// The pseudo-terminal that the program uses.
    pub(super) terminal: Option<OwnedFd>,
}

impl Outputs {
    /// Takes copies of this process's own streams.
    pub(super) fn plan(masked: Masked) -> io::Result<Outputs> {
        let stdout = masked.stdout.then(|| To::of(&io::stdout())).transpose()?;
        let stderr = masked.stderr.then(|| To::of(&io::stderr())).transpose()?;
        let is_one = match (&stdout, &stderr) {
            (Some(one), Some(other)) => is_same(&one.file, &other.file)?,
            _ => false,
        };
        Ok(Outputs { stdout, stderr, is_one })
    }

    /// Sets the command's streams. Unmasked ones are inherited.
    pub(super) fn connect(&self, command: &mut Command) -> io::Result<Vec<Connected>> {
        let mut connected = Vec::new();
        if let Some(to) = &self.stdout {
            let (end, output) = to.connect()?;
            if self.is_one {
                command.stderr(end.try_clone()?);
            }
            command.stdout(Stdio::from(end));
            connected.push(output);
        }
        if let Some(to) = self.stderr.as_ref().filter(|_| !self.is_one) {
            let (end, output) = to.connect()?;
            command.stderr(Stdio::from(end));
            connected.push(output);
        }
        Ok(connected)
    }
}

impl To {
    fn of(stream: &(impl AsFd + IsTerminal)) -> io::Result<To> {
        let file = File::from(stream.as_fd().try_clone_to_owned()?);
        Ok(To { file, is_terminal: stream.is_terminal() })
    }

    /// The program's end of a new pipe, or of a pseudo-terminal if ours is a terminal, and our end.
    fn connect(&self) -> io::Result<(OwnedFd, Connected)> {
        let to = self.file.try_clone()?;
        // If the machine has no pseudo-terminals left, a pipe still works.
        if self.is_terminal
            && let Ok(made) = terminal::make(&self.file)
        {
            let terminal = Some(made.ours.try_clone()?);
            return Ok((made.theirs, Connected { from: File::from(made.ours), to, terminal }));
        }
        let (reader, writer) = io::pipe()?;
        Ok((writer.into(), Connected { from: File::from(OwnedFd::from(reader)), to, terminal: None }))
    }
}

fn is_same(one: &File, other: &File) -> io::Result<bool> {
    let (one, other) = (rustix::fs::fstat(one)?, rustix::fs::fstat(other)?);
    Ok((one.st_dev, one.st_ino) == (other.st_dev, other.st_ino))
}
