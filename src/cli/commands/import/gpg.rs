//! GnuPG itself, which opens the entries of pass.
//!
//! It is the user's program: found on the trusted search path and started with its absolute path. It reads an entry on
//! its stdin and writes the plaintext to a pipe; its arguments contain nothing of either.

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::termios::ttyname;
use zeroize::Zeroizing;

use super::failure::ImportFailure;
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::terminal::escape;
use crate::format::caps;
use crate::machine::private::read_capped;

/// Its messages are shortened when they are shown.
const SHOWN: usize = 200;

pub(super) struct Gpg {
    program: PathBuf,
    may_ask: bool,
}

impl Gpg {
    pub(super) fn find(context: &Context) -> Result<Self, ImportFailure> {
        let program = ["gpg", "gpg2"].into_iter().find_map(env::find_program).ok_or(ImportFailure::NoGpg)?;
        Ok(Gpg { program, may_ask: !context.global.no_input })
    }

    /// The plaintext of a file, or gpg's error.
    pub(super) fn open(&self, file: &Path) -> Result<Result<Zeroizing<Vec<u8>>, String>, ImportFailure> {
        let input = match File::open(file) {
            Ok(input) => input,
            Err(error) => return Ok(Err(format!("it cannot be read: {error}"))),
        };
        let mut command = Command::new(&self.program);
        command.args(["--quiet", "--batch"]);
        // Its stdin is the entry, so it cannot find the terminal for a passphrase prompt on its own.
        if let Ok(terminal) = ttyname(std::io::stderr(), Vec::new()) {
            command.env("GPG_TTY", OsStr::from_bytes(terminal.as_bytes()));
        }
        if !self.may_ask {
            command.args(["--pinentry-mode", "error"]);
        }
        command.arg("--decrypt").stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(ImportFailure::Gpg)?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        // In a separate thread: gpg may print errors while its output is being read.
        let complaints = std::thread::spawn(move || stderr.map(|pipe| read_capped(pipe, caps::IMPORT_ENTRY)));
        let plain = stdout.map(|pipe| read_capped(pipe, caps::IMPORT_ENTRY));
        let status = child.wait().map_err(ImportFailure::Gpg)?;
        let said = complaints.join().ok().flatten().and_then(Result::ok).flatten().unwrap_or_default();
        if !status.success() {
            return Ok(Err(last_line(&said)));
        }
        let plain = plain.transpose().map_err(ImportFailure::Gpg)?.flatten();
        Ok(plain.ok_or_else(|| format!("it is larger than {} bytes", caps::IMPORT_ENTRY)))
    }
}

fn last_line(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said);
    let line = text.trim().lines().last().unwrap_or("gpg failed");
    escape::line(line).chars().take(SHOWN).collect()
}
