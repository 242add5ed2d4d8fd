//! A clipboard that programs of the desktop write, read and clear. Values go through pipes, never through arguments.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::iter;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use zeroize::Zeroizing;

use super::error::ClipboardError;
use crate::machine::private::read_capped;
use crate::model::value_form::VALUE_LIMIT;

/// A program and its arguments.
pub(super) type Line = Vec<OsString>;

/// Command lines, each without a shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Programs {
    /// Takes the value on its standard input.
    pub(super) copy: Line,
    /// Prints what the clipboard holds. Without it nothing can be compared, so nothing is cleared.
    pub(super) paste: Option<Line>,
    /// Clears the clipboard; its standard input is empty.
    pub(super) clear: Line,
    /// Where a program may put the value: `wl-copy` keeps it in a file.
    pub(super) temporary: Option<PathBuf>,
}

impl Programs {
    pub(super) fn copy(&self, value: &[u8]) -> Result<(), ClipboardError> {
        self.run(&self.copy, value)
    }

    pub(super) fn clear(&self) -> Result<(), ClipboardError> {
        self.run(&self.clear, b"")
    }

    /// What the clipboard holds; `None` if that is not known, or more than a value.
    pub(super) fn paste(&self) -> Option<Zeroizing<Vec<u8>>> {
        let mut child = self.command(self.paste.as_ref()?).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().ok()?;
        let held = read_capped(child.stdout.take()?, VALUE_LIMIT);
        let is_whole = child.wait().is_ok_and(|status| status.success());
        held.ok()?.filter(|_| is_whole)
    }

    fn run(&self, line: &Line, input: &[u8]) -> Result<(), ClipboardError> {
        let program = || line[0].to_string_lossy().into_owned();
        let failed = |cause| ClipboardError::Start { program: program(), cause };
        // Programs that stay in the background keep their streams open: none of them is read here.
        let mut child = self.command(line).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().map_err(failed)?;
        let written = child.stdin.take().map_or(Ok(()), |mut pipe| pipe.write_all(input));
        let status = child.wait().map_err(failed)?;
        if !status.success() {
            return Err(ClipboardError::Failed { program: program(), status });
        }
        written.map_err(failed)
    }

    fn command(&self, line: &Line) -> Command {
        let mut command = Command::new(&line[0]);
        command.args(&line[1..]).stderr(Stdio::null());
        if let Some(place) = &self.temporary {
            command.env("TMPDIR", place);
        }
        command
    }
}

/// A command line of words.
pub(super) fn line(program: &OsStr, arguments: &[&str]) -> Line {
    iter::once(program.to_owned()).chain(arguments.iter().map(OsString::from)).collect()
}
