//! Why a value did not get to the clipboard. No message contains a value.

use std::io;
use std::process::ExitStatus;

/// Why nothing was copied.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClipboardError {
    /// No program and no terminal.
    #[error("no clipboard was found")]
    NotFound,
    /// tmux would drop the sequence silently.
    #[error("tmux does not pass the value on to the clipboard of your terminal; nothing was copied")]
    Tmux,
    /// GNU screen cuts long sequences.
    #[error("GNU screen does not pass the value on to the clipboard of your terminal; nothing was copied")]
    Screen,
    /// A program that cannot be run or spoken to.
    #[error("cannot run `{program}`: {cause}")]
    Start { program: String, cause: io::Error },
    #[error("`{program}` ended with {status}; nothing was copied")]
    Failed { program: String, status: ExitStatus },
    /// The terminal, or the process that clears the clipboard later.
    #[error("cannot use the clipboard: {0}")]
    Io(#[from] io::Error),
}
