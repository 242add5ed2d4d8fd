//! The sources of an identity, as the caller found them in options and environment.

use std::fmt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::agent::place::Places;
use crate::crypto::identity::Identity;
use crate::machine::config::ConfigFile;

/// Name of the identity in the service manager's credential directory.
pub(super) const CREDENTIAL: &str = "vault-identity";

/// Everything the caller knows about where an identity may be. A field that is set counts as configured.
pub struct Sources {
    /// `--identity` or `VLT_IDENTITY_FILE`.
    pub identity_file: Option<PathBuf>,
    /// `$CREDENTIALS_DIRECTORY`; configured only if it holds a `vault-identity`.
    pub credentials_directory: Option<PathBuf>,
    /// `VLT_IDENTITY_FD`: an open descriptor, 0 or from 3 up.
    pub identity_fd: Option<i32>,
    /// `VLT_IDENTITY`: the identity itself. Its use causes a warning: environments leak.
    pub identity_text: Option<Zeroizing<String>>,
    /// Where an unlock agent may listen. `None`: no agent is asked.
    pub agent: Option<AgentAccess>,
    /// The local configuration, read only if it is needed.
    pub config: ConfigFile,
}

/// How an unlock agent is reached, and what may start one.
pub struct AgentAccess {
    /// Where its socket may be.
    pub places: Places,
    /// Notified when a passphrase opened the configured identity.
    pub keeper: Option<Box<dyn Keeper>>,
}

/// Decides whether an identity is kept open once somebody has typed its passphrase.
pub trait Keeper: Send + Sync {
    /// The text of the identity, and the socket where its agent would listen. Errors are not returned: the command has
    /// its identity.
    fn opened(&self, text: &[u8], socket: &Path, config: &ConfigFile);
}

/// An identity, and where it was.
pub struct Found {
    /// The private half.
    pub identity: Identity,
    /// The place.
    pub origin: Origin,
    /// The content of a line `# vault-id: vlt1…` beside the identity, unchecked: the vault that a machine without a pin
    /// must find.
    pub vault_id_line: Option<String>,
}

/// The source of an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A file given by option or environment.
    IdentityFile(PathBuf),
    /// A file in the service manager's credential directory.
    Credential(PathBuf),
    /// An open descriptor.
    Descriptor(i32),
    /// The environment.
    Text,
    /// An unlock agent, by its socket.
    Agent(PathBuf),
    /// The keyring's entry for that public key.
    Keyring(String),
    /// A configured passphrase-protected file.
    PassphraseFile(PathBuf),
    /// A configured plain file.
    PlainFile(PathBuf),
    /// A configured SSH key.
    SshKey(PathBuf),
    /// A configured identity file of a plugin.
    Plugin(PathBuf),
    /// Brought from another machine, and not kept yet.
    Imported,
}

impl Sources {
    /// Only what is configured on this machine.
    pub fn configured(config: ConfigFile) -> Self {
        Sources {
            identity_file: None,
            credentials_directory: None,
            identity_fd: None,
            identity_text: None,
            agent: None,
            config,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::IdentityFile(path) => write!(f, "identity file `{}`", path.display()),
            Origin::Credential(path) => write!(f, "credential `{}`", path.display()),
            Origin::Descriptor(number) => write!(f, "descriptor {number} (`VLT_IDENTITY_FD`)"),
            Origin::Text => write!(f, "`VLT_IDENTITY`"),
            Origin::Agent(path) => write!(f, "unlock agent `{}`", path.display()),
            Origin::Keyring(account) => write!(f, "keyring entry `{account}`"),
            Origin::PassphraseFile(path) => write!(f, "passphrase file `{}`", path.display()),
            Origin::PlainFile(path) => write!(f, "plain identity file `{}`", path.display()),
            Origin::SshKey(path) => write!(f, "SSH key `{}`", path.display()),
            Origin::Plugin(path) => write!(f, "plugin identity `{}`", path.display()),
            Origin::Imported => write!(f, "the imported identity"),
        }
    }
}
