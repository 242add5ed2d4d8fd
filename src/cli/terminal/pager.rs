//! A pager for reports that are longer than the screen, by git's rules. Values are never paged: a pager may keep what it shows.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::{Command, Stdio};

use super::signal;
use super::wrap::width;

/// What the shell says if there is no such program.
const NOT_FOUND: i32 = 127;

/// The user's pager, and the screen it is for.
#[derive(Debug)]
pub(crate) struct Pager {
    /// A command line for the shell.
    pub command: OsString,
    /// Variables that it gets in addition, such as options of `less`.
    pub variables: Vec<(&'static str, &'static str)>,
    pub rows: usize,
    pub columns: usize,
}

impl Pager {
    /// Shows a text that does not fit on the screen. Returns whether it did.
    pub(crate) fn show(&self, text: &str) -> io::Result<bool> {
        if self.fits(text) {
            return Ok(false);
        }
        let _held = signal::leave_interrupts_to_child()?;
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(&self.command).envs(self.variables.iter().copied()).stdin(Stdio::piped());
        let Ok(mut child) = command.spawn() else { return Ok(false) };
        if let Some(mut input) = child.stdin.take() {
            // A reader who has seen enough leaves early.
            let _ = input.write_all(text.as_bytes());
        }
        Ok(child.wait()?.code() != Some(NOT_FOUND))
    }

    /// Whether the text leaves a row for the next prompt.
    fn fits(&self, text: &str) -> bool {
        let rows = text.lines().map(|line| width(line).div_ceil(self.columns.max(1)).max(1));
        self.rows == 0 || rows.sum::<usize>() < self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pager(command: &str) -> Pager {
        Pager { command: command.into(), variables: vec![("LESS", "FRX")], rows: 4, columns: 10 }
    }

    #[test]
    fn only_what_is_longer_than_the_screen_is_paged() {
        assert!(!pager("cat > /dev/null").show("1\n2\n3\n").unwrap());
        assert!(pager("cat > /dev/null").show("1\n2\n3\n4\n").unwrap());
        assert!(pager("cat > /dev/null").show("1\n2\n3 is longer than the screen\n").unwrap());
        assert!(!Pager { rows: 0, ..pager("cat > /dev/null") }.show("1\n2\n3\n4\n").unwrap());
    }

    #[test]
    fn a_pager_that_does_not_exist_shows_nothing() {
        assert!(!pager("no-such-pager 2> /dev/null").show("1\n2\n3\n4\n").unwrap());
    }

    #[test]
    fn a_reader_who_leaves_early_is_no_failure() {
        assert!(pager("exit 0").show(&"line\n".repeat(100_000)).unwrap());
    }
}
