//! The secret side: what opens wraps, and signs.

use std::sync::Arc;

use age::secrecy::{ExposeSecret as _, SecretString};
use age::ssh;
use zeroize::Zeroizing;

pub use super::passphrase::{PassphraseError, WORK_FACTOR, open_passphrase_file, seal_passphrase_file};
pub use super::prompt::{NoPrompt, Prompt};

use super::agefile::{self, AgeError};
use super::keytext;
use super::plugin::{PluginIdentity, Program};
use super::recipient::{Recipient, RecipientError, RecipientPolicy, check_plugin_text};
use super::sign::SigningKey;

/// No identity file is longer, in bytes.
const MAX_TEXT: usize = 64 * 1024;

/// One or more secret keys that belong to one person. Neither shown nor copied.
pub struct Identity {
    keys: Vec<Key>,
}

/// In the order in which they are tried: what asks a person comes last.
enum Key {
    Native(age::x25519::Identity),
    Ssh { identity: Box<ssh::Identity>, recipient: String },
    Plugin(PluginIdentity),
}

/// Why a text was refused as an identity. Never carries any of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// A line that is no identity, by its number from 1.
    #[error("line {line} of the identity is not an age identity")]
    Malformed {
        /// The line's number.
        line: usize,
    },
    /// No identity in it.
    #[error("the identity has no key in it")]
    Empty,
    /// More than 64 KiB.
    #[error("the identity is larger than 64 KiB")]
    TooLarge,
    /// An age file: it must be opened with its passphrase first.
    #[error("the identity is an encrypted age file")]
    Encrypted,
    /// A private key that is not in a form or of a type that age reads.
    #[error("this kind of private key is not supported")]
    UnsupportedSsh,
    /// The SSH key has a passphrase and nobody gave it.
    #[error("the SSH key needs a passphrase")]
    NoPassphrase,
    /// It was not the passphrase of the SSH key.
    #[error("the passphrase of the SSH key is wrong")]
    WrongPassphrase,
    /// The public half is refused.
    #[error(transparent)]
    Refused(#[from] RecipientError),
    /// The age library failed.
    #[error("the age library failed")]
    Internal,
}

impl Identity {
    /// Reads the text of an identity file: `AGE-SECRET-KEY-1…` and `AGE-PLUGIN-…` lines with comments, or one SSH private key.
    ///
    /// The passphrase of an encrypted SSH key is asked for here, once; plugins may use the prompt later.
    pub fn parse(
        text: &str,
        policy: &RecipientPolicy,
        prompt: impl Prompt + 'static,
    ) -> Result<Identity, IdentityError> {
        if text.len() > MAX_TEXT {
            return Err(IdentityError::TooLarge);
        }
        let text = text.trim_start();
        if agefile::is_armored(text.as_bytes()) || text.starts_with("age-encryption.org/") {
            return Err(IdentityError::Encrypted);
        }
        let keys = if text.starts_with("-----BEGIN ") {
            vec![parse_ssh(text, policy, &prompt)?]
        } else {
            parse_lines(text, policy, Arc::new(prompt))?
        };
        Ok(Identity { keys })
    }

    /// A fresh native identity and its text, `AGE-SECRET-KEY-1…` without a line end.
    pub fn generate() -> (Identity, Zeroizing<String>) {
        let identity = age::x25519::Identity::generate();
        let text = Zeroizing::new(identity.to_string().expose_secret().to_owned());
        (Identity { keys: vec![Key::Native(identity)] }, text)
    }

    /// The X25519 secret of the first native key, if there is one.
    pub fn x25519_secret(&self) -> Option<Zeroizing<[u8; 32]>> {
        let native = self.keys.iter().find_map(|key| match key {
            Key::Native(identity) => Some(identity),
            Key::Ssh { .. } | Key::Plugin(_) => None,
        })?;
        keytext::secret_key(native.to_string().expose_secret())
    }

    /// The signing key that belongs to the first native key, if there is one.
    pub fn signing_key(&self) -> Option<SigningKey> {
        self.x25519_secret().map(|secret| SigningKey::from_x25519(&secret))
    }

    /// The public halves, `age1…` and SSH lines. A plugin's is known to the plugin only.
    pub fn recipients(&self) -> Vec<String> {
        let recipient = |key: &Key| match key {
            Key::Native(identity) => Some(identity.to_public().to_string()),
            Key::Ssh { recipient, .. } => Some(recipient.clone()),
            Key::Plugin(_) => None,
        };
        self.keys.iter().filter_map(recipient).collect()
    }

    pub(super) fn as_age(&self) -> impl Iterator<Item = &dyn age::Identity> {
        self.keys.iter().map(|key| match key {
            Key::Native(identity) => identity as &dyn age::Identity,
            Key::Ssh { identity, .. } => identity.as_ref(),
            Key::Plugin(identity) => identity,
        })
    }
}

impl Key {
    fn rank(&self) -> u8 {
        match self {
            Key::Native(_) => 0,
            Key::Ssh { .. } => 1,
            Key::Plugin(_) => 2,
        }
    }
}

fn parse_lines(text: &str, policy: &RecipientPolicy, prompt: Arc<dyn Prompt>) -> Result<Vec<Key>, IdentityError> {
    let mut keys = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Ok(native) = line.parse() {
            keys.push(Key::Native(native));
        } else if let Some(name) = plugin_name(line) {
            let program = Program::allowed(&name, &policy.plugins).ok_or(RecipientError::PluginNotAllowed { name })?;
            keys.push(Key::Plugin(PluginIdentity::new(program, line, Arc::clone(&prompt))));
        } else {
            return Err(IdentityError::Malformed { line: index + 1 });
        }
    }
    if keys.is_empty() {
        return Err(IdentityError::Empty);
    }
    keys.sort_by_key(Key::rank);
    Ok(keys)
}

/// The plugin of an `AGE-PLUGIN-NAME-1…` line, in lower case.
fn plugin_name(line: &str) -> Option<String> {
    let (prefix, _) = line.rsplit_once('1')?;
    let name = prefix.strip_prefix("AGE-PLUGIN-")?.strip_suffix('-')?.to_ascii_lowercase();
    check_plugin_text(&name, line).ok()?;
    Some(name)
}

fn parse_ssh(text: &str, policy: &RecipientPolicy, prompt: &impl Prompt) -> Result<Key, IdentityError> {
    let parsed = || ssh::Identity::from_buffer(text.as_bytes(), None).map_err(|_| AgeError::Damaged);
    let identity = agefile::contained(parsed).map_err(|_| IdentityError::UnsupportedSsh)?;
    let public = || ssh::Recipient::try_from(identity.clone()).map_err(|_| AgeError::Damaged);
    let line = agefile::contained(public).map_err(|_| IdentityError::UnsupportedSsh)?.to_string();
    // The policy is asked before the person is.
    let recipient = Recipient::parse(&line, policy)?.to_string();
    let identity = Box::new(unlocked(identity, prompt)?);
    Ok(Key::Ssh { identity, recipient })
}

fn unlocked(identity: ssh::Identity, prompt: &impl Prompt) -> Result<ssh::Identity, IdentityError> {
    let encrypted = match identity {
        ssh::Identity::Unencrypted(_) => return Ok(identity),
        ssh::Identity::Unsupported(_) => return Err(IdentityError::UnsupportedSsh),
        ssh::Identity::Encrypted(encrypted) => encrypted,
    };
    let passphrase = prompt.passphrase("Passphrase of the SSH key").ok_or(IdentityError::NoPassphrase)?;
    let decrypted = || encrypted.decrypt(SecretString::from(passphrase.as_str())).map_err(|_| AgeError::WrongKey);
    match agefile::contained(decrypted) {
        Ok(key) => Ok(key.into()),
        Err(AgeError::WrongKey) => Err(IdentityError::WrongPassphrase),
        Err(_) => Err(IdentityError::Internal),
    }
}
