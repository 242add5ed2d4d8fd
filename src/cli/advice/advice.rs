//! What an error says besides its message.

use crate::cli::exit::Exit;

/// Code for programs, exit code, and the next commands to type.
pub(crate) struct Advice {
    pub(crate) code: &'static str,
    pub(crate) exit: Exit,
    pub(crate) hints: Vec<String>,
}

/// What an error says besides its message, as yet without a hint.
pub(crate) fn advice(code: &'static str, exit: Exit) -> Advice {
    Advice { code, exit, hints: Vec::new() }
}

impl Advice {
    /// The same with one hint more.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

/// How a file of UTF-16 becomes one of UTF-8.
pub(crate) const UTF16: &str = "save it as UTF-8: `iconv -f UTF-16 -t UTF-8 FILE > NEW`";
