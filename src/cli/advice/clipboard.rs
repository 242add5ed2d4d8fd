//! Hints for the clipboard and QR codes.

use super::advice::{Advice, advice};
use crate::cli::clipboard::error::ClipboardError;
use crate::cli::exit::Exit;
use crate::cli::terminal::qr::QrError;

pub(crate) fn clipboard(error: &ClipboardError) -> Advice {
    let hint = match error {
        ClipboardError::NotFound => {
            "install `wl-clipboard` for Wayland or `xclip` for X11, run it on a terminal with a clipboard (OSC 52), or \
             set VLT_CLIPBOARD to a program that reads the value from its standard input"
        }
        ClipboardError::Tmux => "run `tmux set -s set-clipboard on`, and put it into your tmux.conf",
        ClipboardError::Screen => "run it outside of screen, or set VLT_CLIPBOARD to a program",
        ClipboardError::Start { .. } | ClipboardError::Failed { .. } | ClipboardError::Io(_) => {
            "set VLT_CLIPBOARD to another program, or to `osc52` for the clipboard of your terminal"
        }
    };
    advice("clipboard", Exit::Other).hint(hint)
}

pub(crate) fn qr(error: &QrError) -> Advice {
    let hint = match error {
        QrError::TooLarge => "print the value instead",
        QrError::TooWide { .. } => "make the terminal wider or its font smaller",
    };
    advice("qr-code", Exit::Other).hint(hint)
}
