//! Which clipboard there is: that of `VLT_CLIPBOARD`, of Wayland, of X11, of macOS or Windows, and else that of the terminal.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::error::ClipboardError;
use super::osc52::{self, Osc52};
use super::programs::{Line, Programs, line};
use crate::cli::env;
use crate::machine::private_directory::memory_directory;

/// A clipboard that can be reached from here.
pub(crate) enum Clipboard {
    Programs(Programs),
    /// By a sequence that the terminal obeys, or does not.
    Terminal(Osc52),
}

impl Clipboard {
    pub(crate) fn copy(&self, value: &[u8]) -> Result<(), ClipboardError> {
        match self {
            Clipboard::Programs(programs) => programs.copy(value),
            Clipboard::Terminal(terminal) => terminal.copy(value),
        }
    }

    /// The programs, if they can also say what it holds: only then is it cleared.
    pub(crate) fn clearable(&self) -> Option<&Programs> {
        match self {
            Clipboard::Programs(programs) => Some(programs).filter(|programs| programs.paste.is_some()),
            Clipboard::Terminal(_) => None,
        }
    }
}

/// The first of the clipboards that is there.
pub(crate) fn find() -> Result<Clipboard, ClipboardError> {
    if let Some(chosen) = env::set("VLT_CLIPBOARD") {
        return if chosen == "osc52" { terminal() } else { chosen_programs(&chosen).map(Clipboard::Programs) };
    }
    let desktop = [wayland, x11, macos, windows].into_iter().find_map(|find| find());
    desktop.map_or_else(terminal, |programs| Ok(Clipboard::Programs(programs)))
}

fn terminal() -> Result<Clipboard, ClipboardError> {
    osc52::find().map(Clipboard::Terminal)
}

/// The programs that the user names: words, without a shell.
fn chosen_programs(copy: &OsStr) -> Result<Programs, ClipboardError> {
    let words = |text: &OsStr| -> Option<Line> {
        let words: Line = text.to_str()?.split_whitespace().map(Into::into).collect();
        (!words.is_empty()).then_some(words)
    };
    let copy = words(copy).ok_or(ClipboardError::NotFound)?;
    let paste = env::set("VLT_CLIPBOARD_PASTE").and_then(|paste| words(&paste));
    Ok(Programs { clear: copy.clone(), copy, paste, temporary: None })
}

fn wayland() -> Option<Programs> {
    env::set("WAYLAND_DISPLAY")?;
    let (copy, paste) = (env::find_program("wl-copy")?, env::find_program("wl-paste"));
    let sensitive: &[&str] = if knows_sensitive(&copy) { &["--sensitive"] } else { &[] };
    Some(Programs {
        // With a type, it need not guess one from the value.
        copy: line(copy.as_os_str(), &[&["--type", "text/plain"], sensitive].concat()),
        paste: paste.map(|paste| line(paste.as_os_str(), &["--no-newline", "--type", "text/plain"])),
        clear: line(copy.as_os_str(), &["--clear"]),
        temporary: memory_directory(env::runtime_directory().as_deref()),
    })
}

/// Older versions have no option that keeps the value out of the history of clipboard managers.
fn knows_sensitive(copy: &PathBuf) -> bool {
    let help = Command::new(copy).arg("--help").stdin(Stdio::null()).output();
    help.is_ok_and(|help| [help.stdout, help.stderr].iter().any(|text| has(text, b"--sensitive")))
}

fn has(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|part| part == word)
}

fn x11() -> Option<Programs> {
    env::set("DISPLAY")?;
    if let Some(xclip) = env::find_program("xclip") {
        let with = |last| line(xclip.as_os_str(), &["-selection", "clipboard", last]);
        return Some(Programs { copy: with("-in"), paste: Some(with("-out")), clear: with("-in"), temporary: None });
    }
    let xsel = env::find_program("xsel")?;
    let with = |last| line(xsel.as_os_str(), &["--clipboard", last]);
    Some(Programs { copy: with("--input"), paste: Some(with("--output")), clear: with("--clear"), temporary: None })
}

/// Over SSH it would be the clipboard of a machine that nobody sits at.
fn macos() -> Option<Programs> {
    if !cfg!(target_os = "macos") || env::set("SSH_CONNECTION").is_some() {
        return None;
    }
    let copy = line(env::find_program("pbcopy")?.as_os_str(), &[]);
    let paste = env::find_program("pbpaste").map(|paste| line(paste.as_os_str(), &[]));
    Some(Programs { clear: copy.clone(), copy, paste, temporary: None })
}

/// Linux on Windows. What reads its clipboard changes line ends, so the value could not be recognised.
fn windows() -> Option<Programs> {
    let copy = line(env::find_program("clip.exe")?.as_os_str(), &[]);
    Some(Programs { clear: copy.clone(), copy, paste: None, temporary: None })
}
