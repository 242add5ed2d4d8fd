//! The one place where errors get their code, hint and exit code.

mod advice;
mod several;

use std::io;
use std::path::PathBuf;

use super::advice::advice::Advice;
use super::advice::engine;
use super::agent::StartError;
use super::clipboard::error::ClipboardError;
use super::commands::import::failure::ImportFailure;
use super::exit::Exit;
use super::git::error::{GitError, NotCommitted};
use super::input::backup_error::BackupError;
use super::input::value_input::ValueInputError;
use super::report::count::Count;
use super::report::finding;
use super::terminal::editor::EditorError;
use super::terminal::prompt::PromptError;
use super::terminal::qr::QrError;
use super::terminal::ui::Failure;
use crate::engine::Error;
use crate::hook::ApprovalError;
use crate::inject::environment::InjectError;
use crate::inject::execute::ExecuteError;
use crate::inject::serialize::SerializeError;
use crate::machine::StateError;
use crate::machine::config::ConfigError;
use crate::machine::private::PrivateError;
use crate::model::id::VaultId;
use crate::model::near::NearKind;
use crate::unlock::agent::AgentError;
use crate::unlock::create::CreateError;
use crate::unlock::error::UnlockError;
use crate::unlock::signing::SigningError;

pub(crate) use self::several::{Several, one_of, together};

pub(crate) type CliResult<T> = Result<T, CliError>;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    #[error(transparent)]
    Engine(#[from] Error),
    /// No vault anywhere near.
    #[error("there is no vault in `{}` or above it, and no personal vault in `{}`", here.display(), personal.display())]
    NoVault {
        /// The working directory.
        here: PathBuf,
        /// Where the personal vault would be.
        personal: PathBuf,
    },
    /// The same, for `vault` alone.
    #[error("there is no vault in `{}` or above it", here.display())]
    NothingYet {
        /// The working directory.
        here: PathBuf,
    },
    /// Neither `HOME` nor the XDG directories are set.
    #[error("there is no home directory for configuration and state")]
    NoHome,
    /// The command line is invalid in a way that clap cannot check.
    #[error("{message}")]
    Usage { message: String, hint: String },
    /// A question that was not answered.
    #[error(transparent)]
    Prompt(#[from] PromptError),
    /// A value that cannot be accepted.
    #[error(transparent)]
    Input(#[from] ValueInputError),
    #[error(transparent)]
    Unlock(#[from] UnlockError),
    /// A new identity.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// An unlock agent that does not respond as expected.
    #[error(transparent)]
    AgentAnswer(#[from] AgentError),
    /// An unlock agent that did not start.
    #[error(transparent)]
    Agent(#[from] StartError),
    /// The signing key of an SSH or plugin identity.
    #[error(transparent)]
    Signing(#[from] SigningError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A hook that may not run on this machine.
    #[error(transparent)]
    Approval(#[from] ApprovalError),
    /// A file of this user's configuration that we must not write.
    #[error(transparent)]
    Private(#[from] PrivateError),
    #[error(transparent)]
    Edit(#[from] EditorError),
    #[error(transparent)]
    Clipboard(#[from] ClipboardError),
    #[error(transparent)]
    Qr(#[from] QrError),
    /// The environment of a child.
    #[error(transparent)]
    Inject(#[from] InjectError),
    /// A child that did not start.
    #[error(transparent)]
    Execute(#[from] ExecuteError),
    /// `exec` failed before there was a child.
    #[error("{0}")]
    BeforeExec(Box<CliError>),
    /// One entry of a map, or one argument, cannot be resolved.
    #[error("`{argument}`: {source}")]
    InSource {
        /// What went wrong.
        #[source]
        source: Box<CliError>,
        /// The argument, or the file and its entry.
        argument: String,
    },
    /// References of a template that cannot be resolved, or values that do not fit; each with its position.
    #[error("{} cannot be resolved, and nothing was written", Count::of(.problems.len(), "reference"))]
    Unresolved {
        /// `file:line:column: reference: reason`.
        problems: Vec<String>,
        exit: Exit,
    },
    /// Several sources, or entries of maps, without a value.
    #[error(transparent)]
    Several(#[from] Several),
    /// Values would be printed on a terminal without `--values`.
    #[error("values would be shown on this terminal")]
    OnTerminal,
    /// Values that an exported format cannot represent.
    #[error("{} cannot be written in this format, and nothing was written", Count::of(.0.len(), "value"))]
    NotRepresentable(Vec<SerializeError>),
    /// No source provides the variable.
    #[error("no source provides `{variable}`")]
    NoVariable { variable: String, near: Vec<String> },
    /// A file or store of another tool from which nothing can be imported.
    #[error(transparent)]
    Import(#[from] ImportFailure),
    /// A backup that cannot be made or opened.
    #[error(transparent)]
    Backup(#[from] BackupError),
    #[error(transparent)]
    Git(#[from] GitError),
    /// The change is stored, but `--commit` failed.
    #[error(transparent)]
    NotCommitted(#[from] NotCommitted),
    /// Output that could not be written.
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
    /// Several of the requested names do not exist.
    #[error("{} not found: {}", Count::of(.0.len(), "name"), .0.join(", "))]
    Missing(Vec<String>),
    /// A setting without a value.
    #[error("`{0}` is not set")]
    NotSet(String),
    #[error("no {searched} contains that text")]
    NothingFound { searched: &'static str },
    /// The same, for secrets.
    #[error("{} not found: {}", Count::of(.0.len(), "name"), .0.join(", "))]
    MissingSecrets(Vec<String>),
    /// A different request than the one that the new member created.
    #[error("the request has a different fingerprint: {digits}")]
    Fingerprint {
        /// The request's, in words.
        words: String,
        /// The same in digits.
        digits: String,
    },
    /// A rotation of something that is no secret.
    #[error("`{0}` is a parameter, and only secrets are rotated")]
    NotRotated(String),
    /// A copy of something that is no secret.
    #[error("`{0}` is a parameter, and only secrets are replicated")]
    NotReplicated(String),
    /// A vault with copies, that this machine's configuration does not name.
    #[error("this machine does not know where the vault {0} is")]
    NoPlace(VaultId),
    /// A vault without names of the wanted kind.
    #[error("there is nothing to pick from")]
    NothingToPick,
    /// The user said no.
    #[error("cancelled: {0}")]
    Declined(&'static str),
    /// A check found something; the report has the details.
    #[error("the check failed")]
    Reported(Exit),
}

impl From<StateError> for CliError {
    fn from(error: StateError) -> Self {
        CliError::Engine(error.into())
    }
}

impl CliError {
    /// A command line that clap cannot refuse: what is wrong, and what to type instead.
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        CliError::Usage { message: message.into(), hint: hint.into() }
    }

    /// What is written about it.
    pub(crate) fn failure(&self) -> Failure {
        let Advice { code, hints, .. } = self.advice();
        let (message, details) = match self.unlock_error() {
            Some(UnlockError::NoIdentity { tried }) => {
                let places = tried.iter().map(|tried| format!("{}: {}", tried.place, tried.wrong));
                ("no identity was found, so nothing can be decrypted or signed".to_owned(), places.collect())
            }
            _ => (self.to_string(), self.details()),
        };
        Failure { code, message, details, hints }
    }

    fn details(&self) -> Vec<String> {
        match self {
            CliError::Unresolved { problems, .. } => problems.clone(),
            CliError::Several(several) => several.details(),
            CliError::BeforeExec(error) => error.details(),
            CliError::Backup(BackupError::Damaged { findings, .. }) => findings.clone(),
            CliError::Engine(Error::Unverified(findings)) => findings.iter().map(finding::message).collect(),
            CliError::NotRepresentable(refused) => refused.iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        }
    }

    /// The message with its hints, for one line of several.
    pub(crate) fn with_hints(&self) -> String {
        let parts = std::iter::once(self.to_string()).chain(self.advice().hints);
        parts.collect::<Vec<_>>().join("; ")
    }

    /// The message with its details, in one line.
    pub(crate) fn with_details(&self) -> String {
        let details = self.details().join("; ");
        if details.is_empty() { self.to_string() } else { format!("{self}: {details}") }
    }

    /// The exit code of the process.
    pub(crate) fn exit(&self) -> Exit {
        self.advice().exit
    }

    /// Whether the engine says that a name, a version or a label is not there.
    pub(crate) fn is_not_found(error: &Error) -> bool {
        engine(error).exit == Exit::NotFound
    }

    /// The parameter that has the name, where no secret has it.
    pub(crate) fn parameter_instead(error: &Error) -> Option<&str> {
        let Error::NotFound { near, .. } = error else { return None };
        let same = near.first().filter(|near| near.is_same_name() && near.what == NearKind::Parameter);
        same.map(|near| near.name.as_str())
    }

    fn unlock_error(&self) -> Option<&UnlockError> {
        match self {
            CliError::Unlock(error) => Some(error),
            CliError::Engine(Error::Unlock(error)) => error.downcast_ref(),
            CliError::BeforeExec(error) | CliError::InSource { source: error, .. } => error.unlock_error(),
            _ => None,
        }
    }
}
