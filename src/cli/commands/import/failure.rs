//! Why nothing could be imported from a file or a store.

use std::path::PathBuf;

use crate::cli::advice::advice::{Advice, UTF16, advice};
use crate::cli::exit::Exit;
use crate::cli::report::count::Count;
use crate::inject::import::{ImportError, SopsError};
use crate::machine::private::PrivateError;

/// Why there is nothing to import. Names places, never content.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportFailure {
    /// The format of a file is unknown.
    #[error("{0}: its format is clear neither from its content nor from its name")]
    Unknown(String),
    /// A directory without entries of pass or passage, or with both.
    #[error("`{}` cannot be read as a store of pass or passage: it has {found}", .path.display())]
    NoStore { path: PathBuf, found: &'static str },
    /// A directory format for a file, or vice versa.
    #[error("{0}: a store of pass or passage is a directory, and every other format is a file")]
    WrongKind(String),
    #[error("{0} is not UTF-8 text")]
    NotText(String),
    /// UTF-16, as Windows writes it.
    #[error("{0} is UTF-16 text")]
    Utf16(String),
    /// Relative names, and no path for them.
    #[error("{file} has names that need a path")]
    NoPath { file: String, argument: PathBuf },
    /// A file or a directory that cannot be read.
    #[error(transparent)]
    File(#[from] PrivateError),
    #[error("gpg was not found on the search path")]
    NoGpg,
    /// gpg could not be started or used.
    #[error("gpg could not be run: {0}")]
    Gpg(std::io::Error),
    /// Values that do not fit, without `--keep-going`; the report says why.
    #[error("{} cannot be stored, so nothing was written", Count::of(*.0, "value"))]
    Refused(usize),
    /// The content of the file is invalid.
    #[error("{file}: {error}")]
    Content { file: String, error: ImportError },
}

const FORMATS: &str =
    "name it with `--from`: dotenv, json, yaml, aws, sops, properties, csv, tsv, tfvars, pass or passage";

impl ImportFailure {
    pub(crate) fn advice(&self) -> Advice {
        let usage = |hint: &str| advice("bad-import", Exit::Usage).hint(hint);
        match self {
            ImportFailure::Unknown(_) | ImportFailure::WrongKind(_) => usage(FORMATS),
            ImportFailure::NoStore { .. } => usage(
                "give the directory with the entries; `--from pass` reads `.gpg` files, `--from passage` `.age` files",
            ),
            ImportFailure::NotText(_) => {
                usage("store a binary file with `vault secret create NAME --binary --file FILE`")
            }
            ImportFailure::Utf16(_) => usage(UTF16),
            ImportFailure::NoPath { argument, .. } => {
                usage(&format!("`vault import {} --path /app/dev`", argument.display()))
            }
            ImportFailure::File(PrivateError::Absent { .. }) => {
                advice("not-found", Exit::NotFound).hint("check the path")
            }
            ImportFailure::File(PrivateError::Io { .. }) => {
                advice("io", Exit::Other).hint("check owner and mode with `ls -l`")
            }
            ImportFailure::File(_) => usage("split it, or extract what you need"),
            ImportFailure::NoGpg => {
                advice("no-gpg", Exit::NotFound).hint("install GnuPG, or add its directory to PATH")
            }
            ImportFailure::Gpg(_) => advice("gpg", Exit::Other),
            ImportFailure::Refused(_) => advice("refused", Exit::Refused).hint("`--keep-going` stores the others"),
            ImportFailure::Content { file, error } => content(file, error),
        }
    }
}

fn content(file: &str, error: &ImportError) -> Advice {
    match error {
        ImportError::Sops(error) => sops(error),
        ImportError::DescriptionsOnly => advice("bad-import", Exit::Usage).hint(
            "import the output of `aws ssm get-parameters-by-path --recursive --with-decryption` or `aws \
             secretsmanager batch-get-secret-value`, and add this file with `--describe`",
        ),
        ImportError::SecondDocument { .. } => advice("bad-import", Exit::Usage)
            .hint("split it: `vault import - PATH --from yaml` takes each document on stdin"),
        _ => advice("bad-import", Exit::Usage).hint(format!("if {file} is in another format, {FORMATS}")),
    }
}

fn sops(error: &SopsError) -> Advice {
    match error {
        SopsError::NotText(name) => {
            let extract = if name == "data" {
                String::new()
            } else {
                format!("--extract '[\"{}\"]' ", name.replace('/', "\"][\""))
            };
            let hint = format!("`sops decrypt {extract}FILE | vault secret create NAME --binary --stdin`");
            advice("bad-import", Exit::Usage).hint(hint)
        }
        SopsError::NotARecipient(_) => {
            advice("not-a-recipient", Exit::Locked).hint("give the right identity with `--age-identity FILE`")
        }
        SopsError::Mac | SopsError::Value(_) | SopsError::NotEncrypted(_) => {
            advice("tampered", Exit::Tampered).hint("`git log` of the file shows who changed it")
        }
        _ => advice("bad-import", Exit::Usage)
            .hint("let sops decrypt it: `sops decrypt --output-type yaml FILE | vault import - PATH --from yaml`"),
    }
}
