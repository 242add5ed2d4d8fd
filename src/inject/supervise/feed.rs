//! A value on its way to the program's standard input.

use std::io::{self, PipeWriter, Write};
use std::process::Command;
use std::thread;

use crate::model::value::SecretValue;

/// An input pipe that is connected to the program.
pub(super) struct Input {
    pipe: PipeWriter,
    value: SecretValue,
}

/// Gives the command a pipe for its input.
pub(super) fn connect(value: SecretValue, command: &mut Command) -> io::Result<Input> {
    let (reader, pipe) = io::pipe()?;
    command.stdin(reader);
    Ok(Input { pipe, value })
}

impl Input {
    /// Writes all of it, as fast as the program reads, and then closes the pipe.
    pub(super) fn start(mut self) -> io::Result<()> {
        thread::Builder::new().name("input".into()).spawn(move || {
            // A program that closes its input is not a failure.
            let _ = self.pipe.write_all(self.value.reveal());
        })?;
        Ok(())
    }
}
