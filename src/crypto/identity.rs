//! The secret side: what opens wraps, and signs.

use std::sync::{Arc, OnceLock};

use age::secrecy::{ExposeSecret as _, SecretString};
use age::ssh;
use zeroize::Zeroizing;

pub use super::prompt::NoPrompt;
pub(crate) use super::prompt::Prompt;

use super::agefile::{self, AgeError};
use super::keytext;
use super::plugin::{PluginIdentity, Program};
use super::recipient::{Recipient, RecipientError, RecipientPolicy, check_plugin_text};
use super::sign::SigningKey;

/// The maximum size of an identity file, in bytes.
pub(crate) const MAX_TEXT: usize = 64 * 1024;

/// One or more secret keys that belong to one person. Neither shown nor copied.
pub struct Identity {
    keys: Vec<Key>,
    /// The public keys, once they were derived: each costs a multiplication on the curve.
    recipients: OnceLock<Vec<String>>,
}

/// In the order in which they are tried: those that prompt the user come last.
enum Key {
    Native(age::x25519::Identity),
    Ssh { identity: Box<ssh::Identity>, recipient: String },
    Plugin(PluginIdentity),
}

/// Why a text was refused as an identity. Never contains any of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// A line that is not an identity, by its number from 1.
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
    /// A private key of a form or type that age does not support.
    #[error("this kind of private key is not supported")]
    UnsupportedSsh,
    /// The SSH key needs a passphrase and none was given.
    #[error("the SSH key needs a passphrase")]
    NoPassphrase,
    /// It was not the passphrase of the SSH key.
    #[error("the passphrase of the SSH key is wrong")]
    WrongPassphrase,
    /// The public key is refused.
    #[error(transparent)]
    Refused(#[from] RecipientError),
    /// The age library failed.
    #[error("the age library failed")]
    Internal,
}

impl Identity {
    /// Reads the text of an identity file: `AGE-SECRET-KEY-1…` and `AGE-PLUGIN-…` lines with comments, or one SSH key.
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
            parse_lines(text, policy, &(Arc::new(prompt) as Arc<dyn Prompt>))?
        };
        Ok(Identity { keys, recipients: OnceLock::new() })
    }

    /// A new native identity and its text, `AGE-SECRET-KEY-1…` without a line ending.
    pub fn generate() -> (Identity, Zeroizing<String>) {
        let identity = age::x25519::Identity::generate();
        let text = Zeroizing::new(identity.to_string().expose_secret().to_owned());
        (Identity { keys: vec![Key::Native(identity)], recipients: OnceLock::new() }, text)
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

    /// The public keys, `age1…` and SSH lines. That of a plugin is known only to the plugin.
    pub fn recipients(&self) -> Vec<String> {
        let recipient = |key: &Key| match key {
            Key::Native(identity) => Some(identity.to_public().to_string()),
            Key::Ssh { recipient, .. } => Some(recipient.clone()),
            Key::Plugin(_) => None,
        };
        self.recipients.get_or_init(|| self.keys.iter().filter_map(recipient).collect()).clone()
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

fn parse_lines(text: &str, policy: &RecipientPolicy, prompt: &Arc<dyn Prompt>) -> Result<Vec<Key>, IdentityError> {
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
            keys.push(Key::Plugin(PluginIdentity::new(program, line, Arc::clone(prompt))));
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
    // The policy is checked before the user is prompted.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::fixture::{self, bech32_text};

    /// Answers every passphrase question with the same words.
    struct Words(Option<&'static str>);

    impl Prompt for Words {
        fn passphrase(&self, _question: &str) -> Option<Zeroizing<String>> {
            self.0.map(|words| Zeroizing::new(words.to_owned()))
        }
    }

    fn parse(text: &str) -> Result<Identity, IdentityError> {
        Identity::parse(text, &RecipientPolicy::default(), NoPrompt)
    }

    fn refusal(text: &str) -> IdentityError {
        parse(text).err().unwrap()
    }

    #[test]
    fn the_members_of_the_reference_vault_have_the_keys_of_its_genesis() {
        let genesis = fixture::file("vault/trust/000001.yaml");
        let signing = fixture::fields(&genesis, "sign");
        for (member, expected) in ["alice", "recovery"].iter().zip(signing) {
            let identity = fixture::member(member);
            assert!(genesis.contains(&format!("- \"{}\"", identity.recipients()[0])));
            let public = identity.signing_key().unwrap().public().bytes();
            assert_eq!(format!("ed25519:{}", data_encoding::BASE64.encode(&public)), expected);
        }
    }

    #[test]
    fn the_documents_of_the_reference_vault_verify_with_alices_key() {
        let key = fixture::member("alice").signing_key().unwrap().public();
        for path in ["trust/000001.yaml", "keys/default.yaml", "params/prod/db/host.yaml", "secrets/prod/db.yaml"] {
            let document = fixture::file(&format!("vault/{path}"));
            let signature = document.trim_end().rsplit(' ').next().unwrap();
            let signature = data_encoding::BASE64.decode(signature.as_bytes()).unwrap().try_into().unwrap();
            let body = fixture::body(&document).as_bytes();
            let message = crate::crypto::framing::document_message(&fixture::vault_id(), path, body);
            assert_eq!(key.verify(&message, &signature), Ok(()), "{path}");
            assert!(document.contains(&data_encoding::HEXLOWER.encode(&key.fingerprint())));
        }
    }

    #[test]
    fn the_secret_comes_back_as_bytes() {
        let identity = parse(&fixture::file("ids/alice.txt")).unwrap();
        assert_eq!(*identity.x25519_secret().unwrap(), crate::crypto::framing::sha256(b"TEST ONLY alice"));
    }

    #[test]
    fn a_file_may_have_comments_blank_lines_and_several_keys() {
        let (alice, recovery) = (fixture::file("ids/alice.txt"), fixture::file("ids/recovery.txt"));
        let text = format!("\n# mine\r\n{alice}\n\n{}", recovery.replace('\n', "\r\n"));
        let expected = [fixture::member("alice").recipients(), fixture::member("recovery").recipients()].concat();
        assert_eq!(parse(&text).unwrap().recipients(), expected);
    }

    #[test]
    fn a_generated_identity_comes_back_from_its_text() {
        let (identity, text) = Identity::generate();
        assert!(text.starts_with("AGE-SECRET-KEY-1") && text.len() == 74);
        assert_eq!(parse(&text).unwrap().recipients(), identity.recipients());
        if let Some(public) = fixture::run("age-keygen", &["-y"], text.as_bytes()) {
            assert_eq!(identity.recipients()[0].as_bytes(), public.trim_ascii());
        }
    }

    #[test]
    fn an_identity_of_age_keygen_is_read() {
        if let Some(file) = fixture::run("age-keygen", &[], b"") {
            let text = String::from_utf8(file).unwrap();
            let public = text.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap();
            assert_eq!(parse(&text).unwrap().recipients(), [public]);
        }
    }

    #[test]
    fn what_is_no_identity_is_refused_by_line_number_without_its_text() {
        let secret = fixture::file("ids/alice.txt");
        let broken = secret.replace("W5QV4", "W5QV5");
        assert_eq!(refusal(&broken), IdentityError::Malformed { line: 2 });
        assert!(!format!("{:?} {}", refusal(&broken), refusal(&broken)).contains("AGE-SECRET"));
        assert_eq!(refusal(&format!("{secret}hunter2")), IdentityError::Malformed { line: 3 });
        assert_eq!(refusal(""), IdentityError::Empty);
        assert_eq!(refusal("# nothing\n"), IdentityError::Empty);
        assert_eq!(refusal(&"#\n".repeat(MAX_TEXT)), IdentityError::TooLarge);
        assert_eq!(refusal("-----BEGIN AGE ENCRYPTED FILE-----\n"), IdentityError::Encrypted);
        assert_eq!(refusal("-----BEGIN PRIVATE KEY-----\nAAAA\n"), IdentityError::UnsupportedSsh);
        assert_eq!(refusal("-----BEGIN OPENSSH PRIVATE KEY-----\n"), IdentityError::UnsupportedSsh);
    }

    #[test]
    fn an_ssh_key_is_read_and_has_no_signing_key() {
        let identity = parse(&fixture::file("ssh/ed25519")).unwrap();
        let line = fixture::file("ssh/ed25519.pub");
        assert!(line.starts_with(&identity.recipients()[0]));
        assert!(identity.x25519_secret().is_none() && identity.signing_key().is_none());
    }

    #[test]
    fn an_encrypted_ssh_key_asks_for_its_passphrase() {
        let text = fixture::file("ssh/ed25519_encrypted");
        let parse = |words| {
            let identity = Identity::parse(&text, &RecipientPolicy::default(), Words(words));
            identity.map(|identity| identity.recipients())
        };
        let line = fixture::file("ssh/ed25519_encrypted.pub");
        assert!(line.starts_with(&parse(Some("correct horse")).unwrap()[0]));
        assert_eq!(parse(Some("wrong")), Err(IdentityError::WrongPassphrase));
        assert_eq!(parse(Some("")), Err(IdentityError::WrongPassphrase));
        assert_eq!(parse(None), Err(IdentityError::NoPassphrase));
    }

    #[test]
    fn an_rsa_key_needs_permission() {
        let text = fixture::file("ssh/rsa");
        assert_eq!(refusal(&text), IdentityError::Refused(RecipientError::RsaNotAllowed));
        let policy = RecipientPolicy { allow_rsa: true, ..RecipientPolicy::default() };
        let identity = Identity::parse(&text, &policy, NoPrompt).unwrap();
        assert!(fixture::file("ssh/rsa.pub").starts_with(&identity.recipients()[0]));
    }

    #[test]
    fn a_plugin_identity_needs_its_program_listed() {
        let text = bech32_text("age-plugin-evil-", b"x").to_uppercase();
        let refused = RecipientError::PluginNotAllowed { name: "evil".into() };
        assert_eq!(refusal(&text), IdentityError::Refused(refused));
        let policy = RecipientPolicy { plugins: vec!["/opt/age-plugin-evil".into()], ..RecipientPolicy::default() };
        if cfg!(unix) {
            let identity = Identity::parse(&text, &policy, NoPrompt).unwrap();
            assert!(identity.recipients().is_empty());
        }
    }
}
