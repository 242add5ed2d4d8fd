//! The clipboard of the terminal itself, also over SSH: an OSC 52 sequence on the controlling terminal.
//!
//! Nothing says whether the terminal obeyed, and terminals refuse to tell what their clipboard holds. So it is never cleared from here:
//! something else may have been copied since.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Write;
use std::process::{Command, Stdio};

use data_encoding::BASE64;
use zeroize::Zeroizing;

use super::error::ClipboardError;
use crate::cli::env;
use crate::cli::terminal::prompt::controlling_terminal;

/// A terminal that may have a clipboard.
pub(crate) struct Osc52 {
    terminal: File,
    is_wrapped: bool,
}

/// The terminal, unless it is known to have no clipboard.
pub(super) fn find() -> Result<Osc52, ClipboardError> {
    let has_none = |term: &OsStr| term == "dumb" || term == "linux";
    if env::set("TERM").is_none_or(|term| has_none(&term)) {
        return Err(ClipboardError::NotFound);
    }
    let terminal = controlling_terminal().ok_or(ClipboardError::NotFound)?;
    if env::set("TMUX").is_some() {
        return Ok(Osc52 { terminal, is_wrapped: through_tmux()? });
    }
    if env::set("STY").is_some() { Err(ClipboardError::Screen) } else { Ok(Osc52 { terminal, is_wrapped: false }) }
}

/// Whether the sequence must be wrapped for tmux to pass it on. By default tmux drops it.
fn through_tmux() -> Result<bool, ClipboardError> {
    if tmux_option(&["-sv", "set-clipboard"]).as_deref() == Some("on") {
        return Ok(false);
    }
    match tmux_option(&["-wAv", "allow-passthrough"]).as_deref() {
        Some("on" | "all") => Ok(true),
        _ => Err(ClipboardError::Tmux),
    }
}

fn tmux_option(option: &[&str]) -> Option<String> {
    let answer = Command::new("tmux").arg("show-options").args(option).stdin(Stdio::null()).output().ok()?;
    Some(String::from_utf8_lossy(&answer.stdout).trim().to_owned())
}

impl Osc52 {
    pub(super) fn copy(&self, value: &[u8]) -> Result<(), ClipboardError> {
        Ok((&self.terminal).write_all(&sequence(value, self.is_wrapped))?)
    }
}

fn sequence(value: &[u8], is_wrapped: bool) -> Zeroizing<Vec<u8>> {
    // In a wrapped sequence each escape character is doubled.
    let (start, end): (&[u8], &[u8]) =
        if is_wrapped { (b"\x1bPtmux;\x1b\x1b]52;c;", b"\x07\x1b\\") } else { (b"\x1b]52;c;", b"\x07") };
    let mut whole = Zeroizing::new(vec![0; start.len() + BASE64.encode_len(value.len()) + end.len()]);
    let (head, rest) = whole.split_at_mut(start.len());
    let (middle, tail) = rest.split_at_mut(BASE64.encode_len(value.len()));
    head.copy_from_slice(start);
    BASE64.encode_mut(value, middle);
    tail.copy_from_slice(end);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_wrapped_for_tmux_and_never_in_the_clear() {
        assert_eq!(*sequence(b"hunter2", false), b"\x1b]52;c;aHVudGVyMg==\x07");
        assert_eq!(*sequence(b"hunter2", true), b"\x1bPtmux;\x1b\x1b]52;c;aHVudGVyMg==\x07\x1b\\");
    }
}
