//! Who a key may be wrapped for, read strictly from foreign text.

use std::fmt;
use std::path::PathBuf;

use age_core::primitives::bech32_decode;
use curve25519_dalek::MontgomeryPoint;
use data_encoding::BASE64;

use super::keytext;
use super::plugin::{PluginRecipient, Program};
use super::sign::VerifyingKey;

/// No recipient's text is longer, in bytes. The longest kind we know, post-quantum, has 2,000.
const MAX_TEXT: usize = 16 * 1024;
/// What comes before the 32 bytes of the key in the blob of an `ssh-ed25519` line.
const SSH_ED25519_BLOB: &[u8] = b"\0\0\0\x0bssh-ed25519\0\0\0\x20";

/// What the local configuration allows beyond the safe kinds. Nothing, by default.
#[derive(Debug, Clone, Default)]
pub struct RecipientPolicy {
    /// Whether `ssh-rsa` may be used: the code behind it leaks timing (RUSTSEC-2023-0071).
    pub allow_rsa: bool,
    /// Programs that may run as plugins: absolute paths whose file names are `age-plugin-NAME`.
    pub plugins: Vec<PathBuf>,
}

/// Somebody that a key can be wrapped for. Equal if the canonical texts are.
#[derive(Clone)]
pub struct Recipient {
    text: String,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    X25519(age::x25519::Recipient),
    Ssh(age::ssh::Recipient),
    Tag(age::tag::Recipient),
    TagPq(Box<age::tagpq::Recipient>),
    Plugin { name: String, recipient: PluginRecipient },
}

/// Why a text was refused as a recipient.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecipientError {
    /// Not a recipient of a kind we know.
    #[error("this is not an age or SSH recipient")]
    Malformed,
    /// A key that shares the same secret with everybody, or a second spelling of a key.
    #[error("this recipient's key is weak or not canonical")]
    WeakKey,
    /// RSA without permission.
    #[error("ssh-rsa recipients are not allowed by the configuration")]
    RsaNotAllowed,
    /// RSA with a modulus outside 2,048 to 4,096 bits.
    #[error("ssh-rsa recipients must have between 2048 and 4096 bits")]
    RsaSize,
    /// An SSH key of another type.
    #[error("this type of SSH key is not supported, only ssh-ed25519 is")]
    UnsupportedSsh,
    /// A plugin that the configuration does not list by its absolute path.
    #[error("age plugin {name} is not allowed by the configuration")]
    PluginNotAllowed {
        /// The plugin's name: the program would be `age-plugin-NAME`.
        name: String,
    },
}

impl Recipient {
    /// Reads `age1…`, `ssh-ed25519 …`, and by policy `ssh-rsa …` and the recipients of plugins, `age1NAME1…`.
    ///
    /// `age1tag1…` and `age1tagpq1…`, keys on hardware, can be wrapped for; opening needs their plugin.
    pub fn parse(text: &str, policy: &RecipientPolicy) -> Result<Recipient, RecipientError> {
        let text = text.trim();
        if text.len() > MAX_TEXT {
            return Err(RecipientError::Malformed);
        }
        if text.starts_with("ssh-rsa ") && !policy.allow_rsa {
            return Err(RecipientError::RsaNotAllowed);
        }
        if text.contains(' ') {
            return parse_ssh(text);
        }
        let text = text.to_ascii_lowercase();
        match text.rsplit_once('1').map(|(prefix, _)| prefix) {
            Some("age") => parse_x25519(&text),
            Some("age1tag") => parse_tag(text),
            Some("age1tagpq") => parse_tag_pq(text),
            Some(prefix) => parse_plugin(prefix, &text, policy),
            None => Err(RecipientError::Malformed),
        }
    }

    /// Whether what is wrapped for it stays secret from a quantum computer.
    pub fn is_post_quantum(&self) -> bool {
        match &self.kind {
            Kind::TagPq(_) => true,
            Kind::Plugin { name, .. } => name == "pq",
            Kind::X25519(_) | Kind::Ssh(_) | Kind::Tag(_) => false,
        }
    }

    /// The canonical text: lower case, no comment.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn as_age(&self) -> &dyn age::Recipient {
        match &self.kind {
            Kind::X25519(recipient) => recipient,
            Kind::Ssh(recipient) => recipient,
            Kind::Tag(recipient) => recipient,
            Kind::TagPq(recipient) => recipient.as_ref(),
            Kind::Plugin { recipient, .. } => recipient,
        }
    }
}

impl PartialEq for Recipient {
    fn eq(&self, other: &Recipient) -> bool {
        self.text == other.text
    }
}

impl Eq for Recipient {}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipient({})", self.text)
    }
}

/// The same recipients in the same order, each once.
pub fn deduplicated(recipients: &[Recipient]) -> Vec<&Recipient> {
    let mut seen = std::collections::HashSet::new();
    recipients.iter().filter(|recipient| seen.insert(recipient.as_str())).collect()
}

/// Reads `age1…`, the native kind.
pub(super) fn parse_x25519(text: &str) -> Result<Recipient, RecipientError> {
    let key = keytext::public_key(text).ok_or(RecipientError::Malformed)?;
    if !is_canonical(&key) || is_of_small_order(&key) {
        return Err(RecipientError::WeakKey);
    }
    let text = keytext::public_text(&key);
    let recipient = text.parse().map_err(|_| RecipientError::Malformed)?;
    Ok(Recipient { text, kind: Kind::X25519(recipient) })
}

/// Whether the bytes are a number below 2^255 - 19, the only spelling of a coordinate that we take.
fn is_canonical(coordinate: &[u8; 32]) -> bool {
    let above_prime = coordinate[0] >= 0xed && coordinate[1..31].iter().all(|byte| *byte == 0xff);
    coordinate[31] < 0x7f || (coordinate[31] == 0x7f && !above_prime)
}

/// Whether every key exchange with the point gives the same shared secret, zero. age panics on such a point.
fn is_of_small_order(coordinate: &[u8; 32]) -> bool {
    // A clamped scalar is a multiple of eight and no multiple of the large order: it maps exactly these points to zero.
    MontgomeryPoint(*coordinate).mul_clamped([1; 32]).to_bytes() == [0; 32]
}

fn parse_ssh(text: &str) -> Result<Recipient, RecipientError> {
    use age::ssh::ParseRecipientKeyError as E;
    let recipient: age::ssh::Recipient = text.parse().map_err(|error| match error {
        E::RsaModulusTooLarge | E::RsaModulusTooSmall => RecipientError::RsaSize,
        E::Unsupported(_) => RecipientError::UnsupportedSsh,
        _ => RecipientError::Malformed,
    })?;
    let text = recipient.to_string();
    if let Some(blob) = text.strip_prefix("ssh-ed25519 ") {
        check_ssh_ed25519(blob)?;
    }
    Ok(Recipient { text, kind: Kind::Ssh(recipient) })
}

/// age converts the key to X25519; a point of small order on one curve is one on the other.
fn check_ssh_ed25519(blob: &str) -> Result<(), RecipientError> {
    let blob = BASE64.decode(blob.as_bytes()).map_err(|_| RecipientError::Malformed)?;
    let key = blob.strip_prefix(SSH_ED25519_BLOB).ok_or(RecipientError::Malformed)?;
    let key = key.try_into().map_err(|_| RecipientError::Malformed)?;
    VerifyingKey::parse(key).map(|_| ()).map_err(|_| RecipientError::WeakKey)
}

fn parse_tag(text: String) -> Result<Recipient, RecipientError> {
    let recipient = text.parse().map_err(|_| RecipientError::Malformed)?;
    Ok(Recipient { text, kind: Kind::Tag(recipient) })
}

fn parse_tag_pq(text: String) -> Result<Recipient, RecipientError> {
    let recipient = text.parse().map_err(|_| RecipientError::Malformed)?;
    Ok(Recipient { text, kind: Kind::TagPq(Box::new(recipient)) })
}

fn parse_plugin(prefix: &str, text: &str, policy: &RecipientPolicy) -> Result<Recipient, RecipientError> {
    let name = prefix.strip_prefix("age1").ok_or(RecipientError::Malformed)?;
    check_plugin_text(name, text)?;
    let program = Program::allowed(name, &policy.plugins)
        .ok_or_else(|| RecipientError::PluginNotAllowed { name: name.to_owned() })?;
    let recipient = PluginRecipient::new(program, text.to_owned());
    Ok(Recipient { text: text.to_owned(), kind: Kind::Plugin { name: name.to_owned(), recipient } })
}

/// Checks the characters of a plugin's name and the checksum of the text.
pub(super) fn check_plugin_text(name: &str, text: &str) -> Result<(), RecipientError> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_');
    if name.is_empty() || !name.bytes().all(is_allowed) {
        return Err(RecipientError::Malformed);
    }
    bech32_decode(text, |_| RecipientError::Malformed, |_| Ok(()), |_, _| Ok(()))
}
