//! The versions of the vault's format (docs/FORMAT.md).

/// A version of the format. A document states its own in its first line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Written by the first release; only read.
    V1,
    /// What this program writes.
    V2,
}

impl Format {
    /// What this program writes.
    pub const CURRENT: Format = Format::V2;

    /// Its number.
    pub fn number(self) -> u64 {
        match self {
            Format::V1 => 1,
            Format::V2 => 2,
        }
    }

    /// The text in the first line of a document.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Format::V1 => "vault/v1",
            Format::V2 => "vault/v2",
        }
    }

    /// The word in the signature line.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Format::V1 => "v1",
            Format::V2 => "v2",
        }
    }

    /// The format of that word, if it is known.
    pub(crate) fn of_word(word: &str) -> Option<Format> {
        [Format::V1, Format::V2].into_iter().find(|format| format.word() == word)
    }

    /// The format that the first line of a document's body states. What states none is signed like version 1, and no
    /// reader accepts it.
    pub fn of_body(body: &[u8]) -> Format {
        let second = b"format: \"vault/v2\"\n";
        if body.starts_with(second) { Format::V2 } else { Format::V1 }
    }
}
