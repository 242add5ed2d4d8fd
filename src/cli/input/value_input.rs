//! Where a value comes from: the command line, stdin, a file, or a hidden prompt.
//!
//! Values are taken byte for byte. The one exception is the final line feed of a text of one line on stdin, which `echo`
//! and terminals add: it is dropped, and the caller says so. Nothing is read from stdin unless `--stdin` or `--file -`
//! asks for it: in a loop over a list of names it would swallow the list.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::cli::terminal::Question;
use crate::cli::terminal::prompt::{PromptError, Prompter};
use crate::inject::foreign::text::{TextError, text};
use crate::machine::private::read_capped;
use crate::model::mask::{LOOKS_MASKED, looks_masked};
use crate::model::value::SecretValue;
use crate::model::value_form::{VALUE_LIMIT, ValueForm, ValueFormError};

/// What happens to the final line feed of a text of one line on stdin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FinalNewline {
    /// It is dropped.
    Drop,
    /// `--keep-newline`.
    Keep,
}

/// What was typed: at most one of them.
#[derive(Default)]
pub(crate) struct ValueOptions {
    /// The value as an argument.
    pub argument: Option<Zeroizing<String>>,
    /// `--stdin`.
    pub stdin: bool,
    /// `--file`; `-` is stdin.
    pub file: Option<PathBuf>,
}

/// A source that was chosen.
pub(crate) enum Source {
    /// The command line.
    Argument(Zeroizing<String>),
    /// `--stdin`, `--file -`.
    Stdin,
    /// `--file F`.
    File(PathBuf),
    Prompt,
}

/// A value, and whether a final line feed was dropped from it.
#[derive(Debug)]
pub(crate) struct ValueRead {
    pub value: SecretValue,
    /// To be reported on stderr.
    pub dropped_newline: bool,
}

/// Why there is no value. It never contains one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ValueInputError {
    /// A sensitive value on the command line.
    #[error("a secret value cannot be given on the command line, where other programs and the shell's history see it")]
    OnCommandLine,
    #[error("a value can only come from one source: the command line, `--stdin` or `--file`")]
    SeveralSources,
    /// Nothing or only a final line feed, too much, or no text.
    #[error(transparent)]
    Form(#[from] ValueFormError),
    /// Text as Windows writes it.
    #[error("the value is {}", TextError::Utf16)]
    Utf16,
    /// What tools print instead of a value.
    #[error("{LOOKS_MASKED}")]
    Mask,
    /// A file or stdin that cannot be read.
    #[error("cannot read {origin}: {cause}")]
    Read {
        /// stdin or the file.
        origin: String,
        cause: io::Error,
    },
    /// The prompt gave nothing.
    #[error(transparent)]
    Prompt(#[from] PromptError),
}

impl ValueOptions {
    /// The requested source; the hidden prompt by default.
    pub(crate) fn source(self) -> Result<Source, ValueInputError> {
        match (self.argument, self.stdin, self.file) {
            (Some(argument), false, None) => Ok(Source::Argument(argument)),
            (None, true, None) => Ok(Source::Stdin),
            (None, false, Some(file)) if file.as_os_str() == "-" => Ok(Source::Stdin),
            (None, false, Some(file)) => Ok(Source::File(file)),
            (None, false, None) => Ok(Source::Prompt),
            _ => Err(ValueInputError::SeveralSources),
        }
    }
}

impl Source {
    /// Takes the value. `question` is used if the source is the prompt.
    pub(crate) fn take(
        self,
        form: ValueForm,
        newline: FinalNewline,
        prompter: Prompter,
        question: Question<'_>,
    ) -> Result<ValueRead, ValueInputError> {
        let whole = |value| ValueRead { value, dropped_newline: false };
        let taken = match self {
            Source::Argument(mut text) => whole(SecretValue::from_text(std::mem::take(&mut *text))),
            Source::Stdin => trimmed(read_opened(stdin(), "stdin")?, newline),
            Source::File(path) => whole(SecretValue::new(read_file(&path)?)),
            Source::Prompt => whole(prompter.value(question)?),
        };
        check(taken.value.reveal(), form)?;
        Ok(taken)
    }
}

/// Refuses what cannot be meant as a value, before a vault is opened or locked for it: bytes that no value has, and texts
/// that look like masks.
pub(crate) fn check(value: &[u8], form: ValueForm) -> Result<(), ValueInputError> {
    if form == ValueForm::Text && text(value) == Err(TextError::Utf16) {
        return Err(ValueInputError::Utf16);
    }
    form.check(value)?;
    let is_masked = form == ValueForm::Text && std::str::from_utf8(value).is_ok_and(looks_masked);
    if is_masked { Err(ValueInputError::Mask) } else { Ok(()) }
}

/// stdin without the buffer of the standard library, which would keep a copy.
pub(crate) fn stdin() -> io::Result<File> {
    io::stdin().as_fd().try_clone_to_owned().map(File::from)
}

fn read_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, ValueInputError> {
    read_opened(File::open(path), &format!("`{}`", path.display()))
}

fn read_opened(source: io::Result<impl Read>, origin: &str) -> Result<Zeroizing<Vec<u8>>, ValueInputError> {
    // With a final CR LF that may yet be dropped.
    const MOST: usize = VALUE_LIMIT + 2;
    let bytes = source.and_then(|source| read_capped(source, MOST));
    let bytes = bytes.map_err(|cause| ValueInputError::Read { origin: origin.into(), cause })?;
    bytes.ok_or_else(|| ValueFormError::TooLarge(MOST + 1).into())
}

fn trimmed(mut bytes: Zeroizing<Vec<u8>>, newline: FinalNewline) -> ValueRead {
    let length =
        match bytes.iter().position(|byte| *byte == b'\n') {
            Some(place) if newline == FinalNewline::Drop && place + 1 == bytes.len() => {
                if bytes[..place].ends_with(b"\r") { place - 1 } else { place }
            }
            _ => bytes.len(),
        };
    let is_text = std::str::from_utf8(&bytes).is_ok();
    let dropped_newline = is_text && length < bytes.len();
    if dropped_newline {
        bytes.truncate(length);
    }
    ValueRead { value: SecretValue::new(bytes), dropped_newline }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::terminal::prompt::Interaction;

    const QUESTION: Question<'_> = Question { text: "Value", what: "a value", flag: "--stdin" };

    fn piped(bytes: &[u8], newline: FinalNewline) -> (Vec<u8>, bool) {
        let taken = trimmed(read_opened(Ok(bytes), "stdin").unwrap(), newline);
        (taken.value.reveal().to_vec(), taken.dropped_newline)
    }

    #[test]
    fn only_the_final_newline_of_one_line_of_text_is_dropped() {
        use FinalNewline::{Drop, Keep};
        assert_eq!(piped(b"one\n", Drop), (b"one".to_vec(), true));
        assert_eq!(piped(b"one\r\n", Drop), (b"one".to_vec(), true));
        assert_eq!(piped(b"one\n", Keep), (b"one\n".to_vec(), false));
        for whole in [&b"one"[..], b"one\ntwo\n", b"one\n\n", b"\none", b" one ", b"\xff\n"] {
            assert_eq!(piped(whole, Drop), (whole.to_vec(), false));
        }
    }

    fn from_file(bytes: &[u8]) -> Result<ValueRead, ValueInputError> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("value");
        std::fs::write(&path, bytes).unwrap();
        let given = ValueOptions { file: Some(path), ..ValueOptions::default() };
        let prompter = Prompter::new(Interaction::Forbidden);
        given.source().unwrap().take(ValueForm::Text, FinalNewline::Drop, prompter, QUESTION)
    }

    #[test]
    fn a_file_is_taken_byte_for_byte() {
        assert_eq!(from_file(b"one\n").unwrap().value.reveal(), b"one\n");
        assert_eq!(from_file(&vec![b'x'; VALUE_LIMIT]).unwrap().value.reveal().len(), VALUE_LIMIT);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        assert!(matches!(from_file(b""), Err(ValueInputError::Form(ValueFormError::Empty))));
        assert!(matches!(from_file(b"a\0b"), Err(ValueInputError::Form(ValueFormError::Nul))));
        assert!(matches!(from_file(b"\xff"), Err(ValueInputError::Form(ValueFormError::NotText))));
        assert!(matches!(from_file(b"\xff\xfea\0"), Err(ValueInputError::Utf16)));
        assert!(matches!(
            from_file(&vec![b'x'; VALUE_LIMIT + 1]),
            Err(ValueInputError::Form(ValueFormError::TooLarge(_)))
        ));
        assert!(matches!(
            from_file(&vec![b'x'; 9 * VALUE_LIMIT]),
            Err(ValueInputError::Form(ValueFormError::TooLarge(_)))
        ));
        for mask in ["****", "***\n", "[REDACTED]", "<hidden>", "••••", "(masked)"] {
            assert!(matches!(from_file(mask.as_bytes()), Err(ValueInputError::Mask)), "{mask}");
        }
        for value in ["**", "*a*", "redacted"] {
            assert!(from_file(value.as_bytes()).is_ok(), "{value}");
        }
    }

    #[test]
    fn endless_input_is_cut_off() {
        assert!(matches!(
            read_opened(Ok(io::repeat(b'x')), "stdin"),
            Err(ValueInputError::Form(ValueFormError::TooLarge(_)))
        ));
    }

    #[test]
    fn sources_exclude_each_other_and_the_prompt_is_last() {
        let both = ValueOptions { stdin: true, file: Some("x".into()), ..ValueOptions::default() };
        assert!(matches!(both.source(), Err(ValueInputError::SeveralSources)));
        let dash = ValueOptions { file: Some("-".into()), ..ValueOptions::default() };
        assert!(matches!(dash.source(), Ok(Source::Stdin)));
        let prompt = ValueOptions::default().source().unwrap();
        let error = prompt.take(ValueForm::Text, FinalNewline::Drop, Prompter::new(Interaction::Forbidden), QUESTION);
        assert!(matches!(error, Err(ValueInputError::Prompt(PromptError::InputNeeded { .. }))));
    }

    #[test]
    fn an_unreadable_file_is_named() {
        let error = read_file(Path::new("/no/where")).unwrap_err();
        assert!(error.to_string().starts_with("cannot read `/no/where`: "), "{error}");
        assert!(matches!(read_file(Path::new("/")), Err(ValueInputError::Read { .. })));
    }
}
