//! Creates identities for `vault init`: chooses where to store one, and checks that it can be read back before it is
//! used.
//!
//! Plaintext is never chosen silently, and an identity that is already configured is never replaced.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use super::ask::{Ask, AskError};
use super::content::SIZE_LIMIT;
use super::error::{Cause, UnlockError};
use super::find;
use super::keyring::{Keyring, KeyringError, PERSON_LIMIT, SystemKeyring};
use super::source::{Found, Sources};
use crate::crypto::identity::Identity;
use crate::crypto::passphrase::{PassphraseError, WORK_FACTOR, seal_passphrase_file};
use crate::machine::config::{ConfigError, ConfigFile, IdentitySource, IdentityStore};
use crate::machine::private::{self, Overwrite, PrivateError};
use crate::model::name::MemberName;

const DIRECTORY: &str = "identities";

/// Where the identity of a new vault's first member comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// One is already configured or given: [`find`](find::find) finds it.
    Existing,
    /// A new one in the keyring.
    Keyring,
    /// A new one in a passphrase-protected file.
    Passphrase,
    /// A new one in a plain file, only on request.
    PlainFile,
    /// An SSH key, used where it is.
    Ssh(PathBuf),
    /// An identity file of a plugin, used where it is.
    Plugin(PathBuf),
}

/// A plan, with the result of the keyring probe if that is the reason for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What to do.
    pub plan: Plan,
    /// Why it is not the keyring.
    pub keyring: Option<KeyringError>,
}

/// Why no identity was created. Then nothing is left behind, and the configuration is unchanged.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// There is already one, which is not replaced.
    #[error("an identity is already configured in `{}`", .0.display())]
    Configured(PathBuf),
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The keyring.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// The file.
    #[error(transparent)]
    File(#[from] PrivateError),
    /// The passphrase.
    #[error(transparent)]
    Passphrase(#[from] PassphraseError),
    /// A plugin's identity file without the public key.
    #[error("`{}` does not state the identity's recipient", .0.display())]
    NoRecipient(
        /// The file.
        PathBuf,
    ),
    /// It was stored, or is referenced, and could not be read.
    #[error("the identity cannot be read back: {0}")]
    Unreadable(#[source] UnlockError),
    /// A different one was read back than was stored.
    #[error("a different identity was read back than was stored")]
    Changed,
}

/// Chooses a plan: what exists; otherwise what was requested; otherwise the keyring if it works; otherwise a passphrase
/// file.
pub fn choose(asked: Option<Plan>, sources: &Sources, keyring: &dyn Keyring) -> Result<Choice, ConfigError> {
    let chosen = |plan| Choice { plan, keyring: None };
    if find::is_given(sources) || sources.config.read()?.identity.is_some() {
        return Ok(chosen(Plan::Existing));
    }
    if let Some(plan) = asked {
        return Ok(chosen(plan));
    }
    Ok(match keyring.probe() {
        Ok(()) => chosen(Plan::Keyring),
        Err(error) => Choice { plan: Plan::Passphrase, keyring: Some(error) },
    })
}

/// Creates an identity in the keyring, stored under its public key.
pub fn in_keyring(config: &mut ConfigFile, keyring: &dyn Keyring) -> Result<Found, CreateError> {
    refuse_second(config)?;
    keyring.probe()?;
    let (account, text) = generate();
    keyring.set(&account, &text, PERSON_LIMIT)?;
    let source = IdentitySource { store: IdentityStore::Keyring, file: None, recipient: Some(account.clone()) };
    let adopted = adopt(config, source, keyring, &known(None));
    if adopted.is_err() {
        let _ = keyring.delete(&account, PERSON_LIMIT);
    }
    adopted
}

/// Creates an identity in `identities/<name>.age`, a standard age file protected with that passphrase.
pub(crate) fn in_passphrase_file(
    config: &mut ConfigFile,
    name: &MemberName,
    passphrase: &Zeroizing<String>,
) -> Result<Found, CreateError> {
    refuse_second(config)?;
    let (recipient, text) = generate();
    let sealed = seal_passphrase_file(file_text(&recipient, &text).as_bytes(), passphrase, WORK_FACTOR)?;
    let file = PathBuf::from(DIRECTORY).join(format!("{name}.age"));
    let source = IdentitySource { store: IdentityStore::Passphrase, file: Some(file), recipient: Some(recipient) };
    in_file(config, source, sealed.as_bytes(), &known(Some(passphrase)))
}

/// Creates an identity in `identities/<name>.txt`, readable by anyone who has the disk or this user's rights.
pub(crate) fn in_plain_file(config: &mut ConfigFile, name: &MemberName) -> Result<Found, CreateError> {
    refuse_second(config)?;
    let (recipient, text) = generate();
    let content = file_text(&recipient, &text);
    let file = PathBuf::from(DIRECTORY).join(format!("{name}.txt"));
    let source = IdentitySource { store: IdentityStore::File, file: Some(file), recipient: Some(recipient) };
    in_file(config, source, content.as_bytes(), &known(None))
}

/// Configures an existing SSH key. The file is not copied or changed.
pub(crate) fn refer_to_ssh_key(config: &mut ConfigFile, path: &Path, ask: &Arc<dyn Ask>) -> Result<Found, CreateError> {
    refer(config, IdentityStore::Ssh, path, None, ask)
}

/// Configures an existing identity file of a plugin. The plugin must be allowed by the configuration.
///
/// A plugin's identity does not contain its recipient, so the file must state it in a comment such as `# Recipient:
/// age1yubikey1…`, as plugins write it.
pub(crate) fn refer_to_plugin(config: &mut ConfigFile, path: &Path, ask: &Arc<dyn Ask>) -> Result<Found, CreateError> {
    let text = private::read_credential(path, SIZE_LIMIT)?;
    let recipient =
        stated_recipient(&String::from_utf8_lossy(&text)).ok_or_else(|| CreateError::NoRecipient(path.to_owned()))?;
    refer(config, IdentityStore::Plugin, path, Some(recipient), ask)
}

/// The first recipient in a comment.
fn stated_recipient(text: &str) -> Option<String> {
    let comments = text.lines().filter_map(|line| line.trim_start().strip_prefix('#'));
    let mut words = comments.flat_map(str::split_whitespace);
    words.find(|word| word.starts_with("age1")).map(str::to_owned)
}

fn refer(
    config: &mut ConfigFile,
    store: IdentityStore,
    path: &Path,
    recipient: Option<String>,
    ask: &Arc<dyn Ask>,
) -> Result<Found, CreateError> {
    refuse_second(config)?;
    let path =
        std::path::absolute(path).map_err(|source| PrivateError::Io { verb: "find", path: path.to_owned(), source })?;
    adopt(config, IdentitySource { store, file: Some(path), recipient }, &SystemKeyring, ask)
}

fn in_file(
    config: &mut ConfigFile,
    source: IdentitySource,
    content: &[u8],
    ask: &Arc<dyn Ask>,
) -> Result<Found, CreateError> {
    let path = config.directory().join(source.file.as_deref().unwrap_or(Path::new("")));
    private::write_private(&path, content, Overwrite::Refuse)?;
    let adopted = adopt(config, source, &SystemKeyring, ask);
    if adopted.is_err() {
        let _ = std::fs::remove_file(&path);
    }
    adopted
}

/// Reads the identity back in the same way as every later command, and only then configures it.
fn adopt(
    config: &mut ConfigFile,
    mut source: IdentitySource,
    keyring: &dyn Keyring,
    ask: &Arc<dyn Ask>,
) -> Result<Found, CreateError> {
    let found = find::configured(&source, config, keyring, ask).map_err(unreadable)?;
    if source.recipient.is_none() {
        source.recipient = found.identity.recipients().into_iter().next();
    }
    let mut changed = config.read()?.clone();
    changed.identity = Some(source);
    config.write(changed)?;
    Ok(found)
}

fn unreadable(error: UnlockError) -> CreateError {
    match error {
        UnlockError::Failed { cause: Cause::Another { .. }, .. } => CreateError::Changed,
        other => CreateError::Unreadable(other),
    }
}

fn refuse_second(config: &ConfigFile) -> Result<(), CreateError> {
    if config.read()?.identity.is_some() {
        return Err(CreateError::Configured(config.path()));
    }
    Ok(())
}

/// A new identity: its public key and its text.
fn generate() -> (String, Zeroizing<String>) {
    let (identity, text) = Identity::generate();
    (identity.recipients().into_iter().next().unwrap_or_default(), text)
}

/// What `age-keygen` would write, without the date.
fn file_text(recipient: &str, text: &str) -> Zeroizing<String> {
    let parts = ["# public key: ", recipient, "\n", text, "\n"];
    let mut content = Zeroizing::new(String::with_capacity(parts.iter().map(|part| part.len()).sum()));
    for part in parts {
        content.push_str(part);
    }
    content
}

/// Answers with the passphrase that was just chosen, so that the user need not type it a third time.
struct Known(Option<Zeroizing<String>>);

fn known(passphrase: Option<&Zeroizing<String>>) -> Arc<dyn Ask> {
    Arc::new(Known(passphrase.cloned()))
}

impl Ask for Known {
    fn passphrase(&self, _: &str) -> Result<Zeroizing<String>, AskError> {
        self.0.clone().ok_or(AskError::InputNeeded)
    }

    fn interactive(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::super::ask::double::Answers;
    use super::super::keyring::double::MemoryKeyring;
    use super::*;

    struct Home {
        directory: tempfile::TempDir,
        keyring: MemoryKeyring,
        config: ConfigFile,
    }

    impl Home {
        fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            let config = ConfigFile::at(directory.path().join("vault"));
            Home { directory, keyring: MemoryKeyring::default(), config }
        }

        fn failing(error: KeyringError) -> Self {
            Home { keyring: MemoryKeyring::failing(error), ..Home::new() }
        }

        fn sources(&self) -> Sources {
            Sources::configured(ConfigFile::at(self.config.directory()))
        }

        fn choose(&self, asked: Option<Plan>) -> Plan {
            choose(asked, &self.sources(), &self.keyring).unwrap().plan
        }

        /// What a later command finds.
        fn later(&self, answers: &Arc<Answers>) -> Vec<String> {
            let ask: Arc<dyn Ask> = Arc::clone(answers) as _;
            find::find_with(&self.sources(), &self.keyring, &ask).unwrap().identity.recipients()
        }

        fn plant(&self, content: &str) -> PathBuf {
            let path = self.directory.path().join("id_ed25519");
            private::write_private(&path, content.as_bytes(), Overwrite::Replace).unwrap();
            path
        }
    }

    fn alice() -> MemberName {
        "alice".parse().unwrap()
    }

    #[test]
    fn the_keyring_is_chosen_if_it_works_and_a_passphrase_file_otherwise_never_plaintext() {
        assert_eq!(Home::new().choose(None), Plan::Keyring);
        let home = Home::failing(KeyringError::NoAccess);
        let choice = choose(None, &home.sources(), &home.keyring).unwrap();
        assert_eq!(choice, Choice { plan: Plan::Passphrase, keyring: Some(KeyringError::NoAccess) });
        assert_eq!(home.choose(Some(Plan::PlainFile)), Plan::PlainFile);
    }

    #[test]
    fn what_is_configured_or_given_is_reused_without_a_probe() {
        let mut home = Home::new();
        in_plain_file(&mut home.config, &alice()).unwrap();
        assert_eq!(home.choose(Some(Plan::Keyring)), Plan::Existing);
        let mut given = Home::new().sources();
        given.identity_file = Some("/some/file".into());
        assert_eq!(choose(None, &given, &home.keyring).unwrap().plan, Plan::Existing);
        assert_eq!(home.keyring.calls.get(), 0);
    }

    #[test]
    fn a_keyring_identity_is_the_key_text_alone_and_found_again() {
        let mut home = Home::new();
        let made = in_keyring(&mut home.config, &home.keyring).unwrap();
        assert_eq!(home.later(&Answers::nobody()), made.identity.recipients());
        let entries = home.keyring.entries.borrow();
        assert_eq!(entries.keys().collect::<Vec<_>>(), made.identity.recipients().iter().collect::<Vec<_>>());
        assert!(entries.values().all(|text| text.starts_with("AGE-SECRET-KEY-1") && text.len() == 74));
    }

    #[test]
    fn a_keyring_that_forgets_leaves_no_configuration() {
        let mut home = Home::new();
        home.keyring.forgetful.set(true);
        assert!(matches!(in_keyring(&mut home.config, &home.keyring), Err(CreateError::Unreadable(_))));
        assert!(!home.config.path().exists());
        let mut home = Home::failing(KeyringError::Unavailable);
        assert!(matches!(in_keyring(&mut home.config, &home.keyring), Err(CreateError::Keyring(_))));
        assert!(!home.config.path().exists());
    }

    #[test]
    fn a_passphrase_identity_is_private_encrypted_and_found_again() {
        let mut home = Home::new();
        let passphrase = Zeroizing::new("horse".to_owned());
        let made = in_passphrase_file(&mut home.config, &alice(), &passphrase).unwrap();
        assert_eq!(home.later(&Answers::with("horse")), made.identity.recipients());
        let path = home.config.directory().join("identities/alice.age");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(fs::read_to_string(&path).unwrap().starts_with("-----BEGIN AGE ENCRYPTED FILE-----"));
    }

    #[test]
    fn an_empty_passphrase_makes_nothing() {
        let mut home = Home::new();
        let refused = in_passphrase_file(&mut home.config, &alice(), &Zeroizing::default());
        assert!(matches!(refused, Err(CreateError::Passphrase(PassphraseError::Empty))));
        assert!(!home.config.directory().exists());
    }

    #[test]
    fn what_could_not_be_configured_is_not_left_behind() {
        let mut home = Home::new();
        home.config.read().unwrap();
        // A directory in its place: the configuration cannot be written.
        fs::create_dir_all(home.config.path().join("in the way")).unwrap();
        assert!(in_keyring(&mut home.config, &home.keyring).is_err());
        assert!(home.keyring.entries.borrow().is_empty());
        assert!(in_plain_file(&mut home.config, &alice()).is_err());
        assert_eq!(fs::read_dir(home.config.directory().join("identities")).unwrap().count(), 0);
    }

    #[test]
    fn neither_a_configured_identity_nor_a_file_is_ever_replaced() {
        let mut home = Home::new();
        let made = in_plain_file(&mut home.config, &alice()).unwrap();
        assert!(matches!(in_keyring(&mut home.config, &home.keyring), Err(CreateError::Configured(_))));
        fs::remove_file(home.config.path()).unwrap();
        home.config = ConfigFile::at(home.config.directory());
        let refused = in_plain_file(&mut home.config, &alice());
        assert!(matches!(refused, Err(CreateError::File(PrivateError::Exists { .. }))));
        let text = fs::read_to_string(home.config.directory().join("identities/alice.txt")).unwrap();
        assert!(text.contains(&made.identity.recipients()[0]));
    }

    #[test]
    fn an_ssh_key_is_referenced_where_it_is() {
        let mut home = Home::new();
        let path = home.plant(include_str!("../../tests/fixture/ssh/ed25519"));
        let ask: Arc<dyn Ask> = Answers::nobody();
        let made = refer_to_ssh_key(&mut home.config, &path, &ask).unwrap();
        assert_eq!(home.later(&Answers::nobody()), made.identity.recipients());
        let configured = home.config.read().unwrap().identity.clone().unwrap();
        assert_eq!(configured.file, Some(path));
        assert!(configured.recipient.unwrap().starts_with("ssh-ed25519 "));
    }

    #[test]
    fn an_ssh_key_that_cannot_be_opened_is_not_configured_and_stays() {
        let mut home = Home::new();
        let ask: Arc<dyn Ask> = Answers::with("wrong");
        for content in [
            "no key",
            include_str!("../../tests/fixture/ssh/ed25519_encrypted"),
            include_str!("../../tests/fixture/ssh/rsa"),
        ] {
            let path = home.plant(content);
            let refused = refer_to_ssh_key(&mut home.config, &path, &ask);
            assert!(matches!(refused, Err(CreateError::Unreadable(_))));
            assert!(path.exists() && !home.config.path().exists());
        }
    }
}
