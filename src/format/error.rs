//! What can be wrong with the bytes of a document.

/// Why bytes are not a document of this format. Never contains anything from the document, except a line number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// More bytes than a document of that kind may have.
    #[error("larger than {cap} bytes")]
    TooLarge {
        /// The limit in bytes.
        cap: u64,
    },
    /// Bytes that are not UTF-8.
    #[error("not UTF-8 text")]
    NotUtf8,
    /// A byte order mark at the start.
    #[error("a byte order mark at the start")]
    ByteOrderMark,
    /// A tab, which canonical text writes as `\t`.
    #[error("a tab")]
    Tab,
    /// A carriage return that is not part of a line's end.
    #[error("a carriage return inside a line")]
    CarriageReturn,
    /// The last line is not a signature trailer.
    #[error("no signature line at its end")]
    NoTrailer,
    /// The marks of a merge conflict, with both sides in the file.
    #[error("merge conflict: both sides are in the file")]
    ConflictMarks,
    /// A line that begins with `#sig` before the last one, as a textual merge can produce.
    #[error("merge conflict: more than one signature line")]
    SecondTrailer,
    /// A signature line with invalid parts.
    #[error("a malformed signature line")]
    MalformedTrailer,
    /// A format that is newer than this program.
    #[error("written by a newer version of vault")]
    NewerFormat,
    /// A format that the trust chain has left behind.
    #[error("an older format than this vault allows")]
    OlderFormat,
    /// The first line names no format.
    #[error("not a document of a vault")]
    NotADocument,
    /// A kind of document that this format does not have.
    #[error("an unknown kind of document")]
    UnknownKind,
    /// A document of a different kind than its path requires.
    #[error("not a {expected} document")]
    WrongKind {
        /// The expected kind.
        expected: &'static str,
    },
    /// A document of another vault.
    #[error("a document of another vault")]
    OtherVault,
    /// A field that this format does not have.
    #[error("an unknown field at line {line}")]
    UnknownField {
        /// Line, from 1.
        line: usize,
    },
    /// Nested deeper than any file needs.
    #[error("nested too deeply at line {line}")]
    TooDeep {
        /// Line, from 1.
        line: usize,
    },
    /// Not readable as a document of its kind: not canonical text, a missing field, or one of the wrong type.
    #[error("malformed at line {line}")]
    Malformed {
        /// Line, from 1; 0 where the reader does not know.
        line: usize,
    },
    /// A field with invalid content.
    #[error("an invalid `{field}`")]
    Field {
        /// Name of the field.
        field: &'static str,
    },
    /// More of something than a document may have.
    #[error("too many {what}: the limit is {limit}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// Something that must be unique occurs twice.
    #[error("a duplicate {what}")]
    Repeated {
        /// What occurs twice.
        what: &'static str,
    },
    /// Readable, but not the one way to write it.
    #[error("not in canonical form at line {line}")]
    NotCanonical {
        /// The first line, from 1, that differs from canonical text.
        line: usize,
    },
}

impl FormatError {
    /// Shorthand for a field whose content is wrong.
    pub(super) fn field(field: &'static str) -> Self {
        FormatError::Field { field }
    }
}
