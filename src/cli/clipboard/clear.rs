//! A small process that clears the clipboard after a while, if it still holds the value. It is given only a hash of it.

use std::io::{self, Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGTERM};
use signal_hook::iterator::Signals;
use subtle::ConstantTimeEq;

use super::error::ClipboardError;
use super::find::find;
use super::programs::Programs;
use super::waiting::Waiting;
use crate::crypto::framing::sha256;

/// The hidden command that is that process.
const COMMAND: &str = "clipboard-clear";
/// What it writes once it has left the terminal.
const READY: &[u8] = b"ready\n";

/// Starts it, and waits until it has left the terminal's session.
pub(crate) fn start(value: &[u8], seconds: u32) -> Result<(), ClipboardError> {
    let mut child = Command::new(std::env::current_exe()?)
        .args([COMMAND, &seconds.to_string()])
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    child.stdin.take().map_or(Ok(()), |mut pipe| pipe.write_all(&sha256(value)))?;
    let mut answer = [0; READY.len()];
    Ok(child.stdout.take().map_or(Ok(()), |mut pipe| pipe.read_exact(&mut answer))?)
}

/// Is that process: waits, compares, clears. A request to end, as at logout, ends the waiting.
pub(crate) fn serve(seconds: u64) -> Result<(), ClipboardError> {
    let mut hash = [0; 32];
    io::stdin().read_exact(&mut hash)?;
    // Fails only for the leader of a group, which nobody starts.
    let _ = rustix::process::setsid();
    let mut signals = Signals::new([SIGTERM, SIGHUP])?;
    // Without its file it waits all the same, but `vault lock` does not find it.
    let _waiting = Waiting::begin().ok();
    let (sender, ended) = channel();
    thread::Builder::new().spawn(move || signals.forever().try_for_each(|signal| sender.send(signal)))?;
    io::stdout().write_all(READY).and_then(|()| io::stdout().flush())?;
    let _ = ended.recv_timeout(Duration::from_secs(seconds));
    find()?.clearable().map_or(Ok(()), |programs| clear(programs, hash))
}

fn clear(programs: &Programs, hash: [u8; 32]) -> Result<(), ClipboardError> {
    let is_ours = programs.paste().is_some_and(|held| bool::from(sha256(&held).ct_eq(&hash)));
    if is_ours { programs.clear() } else { Ok(()) }
}
