//! New identities of this machine: where one is kept, and that it can be read back before it is used.
//!
//! An identity is prepared first and kept later, so that everything is asked before anything is written. Plaintext is never
//! chosen silently, and the identity in use is never replaced unless that is asked for.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use super::ask::{Ask, AskError};
use super::content::{self, SIZE_LIMIT};
use super::error::{Cause, UnlockError};
use super::keyring::{Keyring, KeyringError, PERSON_LIMIT};
use super::native_key::NativeKey;
use super::own_place::{PLAIN, PROTECTED, unused};
use super::source::{Found, Origin, Sources};
use super::{find, own_place};
use crate::crypto::passphrase::{PassphraseError, WORK_FACTOR, seal_passphrase_file};
use crate::machine::config::{ConfigError, ConfigFile, IdentitySource, IdentityStore, set_identity};
use crate::machine::private::{self, Overwrite, PrivateError};

/// Where an identity comes from.
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
    #[error("this machine already has an identity: {0}")]
    Configured(Origin),
    /// There is already one, kept otherwise than requested.
    #[error("this machine already has an identity: {0}")]
    KeptOtherwise(Origin),
    /// One is given by an option or a variable, so no other is created.
    #[error("an identity is given by `--identity` or a variable, so none is created")]
    Given,
    /// The configured one cannot be told.
    #[error(transparent)]
    Source(UnlockError),
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
/// file. A request for anything but what exists is refused.
pub fn choose(asked: Option<Plan>, sources: &Sources, keyring: &dyn Keyring) -> Result<Choice, CreateError> {
    let chosen = |plan| Ok(Choice { plan, keyring: None });
    if find::is_given(sources) {
        return if asked.is_some() { Err(CreateError::Given) } else { chosen(Plan::Existing) };
    }
    if let Some(source) = own_place::source(&sources.config).map_err(CreateError::Source)? {
        let is_this = asked.is_none_or(|plan| plan.is(&source, &sources.config));
        let origin = || find::origin_of(&source, &sources.config);
        return if is_this { chosen(Plan::Existing) } else { Err(CreateError::KeptOtherwise(origin())) };
    }
    match asked {
        Some(plan) => chosen(plan),
        None => Ok(by_policy(keyring)),
    }
}

/// The keyring if it works; otherwise a passphrase file.
pub(crate) fn by_policy(keyring: &dyn Keyring) -> Choice {
    match keyring.probe() {
        Ok(()) => Choice { plan: Plan::Keyring, keyring: None },
        Err(error) => Choice { plan: Plan::Passphrase, keyring: Some(error) },
    }
}

impl Plan {
    /// Whether an identity is kept as this plan would keep a new one.
    fn is(&self, source: &IdentitySource, config: &ConfigFile) -> bool {
        let is_file = |path: &Path| {
            let own = source.file.as_ref().and_then(|file| config.directory().join(file).canonicalize().ok());
            own.is_some() && own == path.canonicalize().ok()
        };
        match (self, source.store) {
            (Plan::Existing, _)
            | (Plan::Keyring, IdentityStore::Keyring)
            | (Plan::Passphrase, IdentityStore::Passphrase)
            | (Plan::PlainFile, IdentityStore::File) => true,
            (Plan::Ssh(path), IdentityStore::Ssh) | (Plan::Plugin(path), IdentityStore::Plugin) => is_file(path),
            _ => false,
        }
    }
}

/// An identity that can be used, and how it will be kept.
pub(crate) struct NewIdentity {
    /// The identity.
    pub(crate) found: Found,
    source: IdentitySource,
    kept: Kept,
}

enum Kept {
    InKeyring(Zeroizing<String>),
    /// The content of the file, and the passphrase that opens it.
    InFile(Zeroizing<Vec<u8>>, Option<Zeroizing<String>>),
    /// It stays where it is, and was read there.
    WhereItIs,
}

/// What happens to the identity in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InUse {
    /// It stays, and no other is kept.
    Stays,
    /// It is not used any more, and stays in its place.
    IsReplaced,
}

/// In the keyring, under its public key.
pub(crate) fn in_keyring(key: NativeKey, keyring: &dyn Keyring) -> Result<NewIdentity, CreateError> {
    keyring.probe()?;
    let (account, text) = (key.recipient(), key.text().clone());
    let source = IdentitySource { store: IdentityStore::Keyring, file: None, recipient: Some(account.clone()) };
    Ok(NewIdentity { found: key.found(Origin::Keyring(account)), source, kept: Kept::InKeyring(text) })
}

/// A new identity in the keyring, for this machine.
pub fn new_in_keyring(config: &mut ConfigFile, keyring: &dyn Keyring) -> Result<Found, CreateError> {
    in_keyring(NativeKey::generate(), keyring)?.keep(config, keyring, InUse::Stays)
}

/// In `identities/<name>.age`, a standard age file protected with that passphrase.
pub(crate) fn in_passphrase_file(
    config: &ConfigFile,
    name: &str,
    key: NativeKey,
    passphrase: &Zeroizing<String>,
) -> Result<NewIdentity, CreateError> {
    let sealed = Zeroizing::new(seal_passphrase_file(key.file().as_bytes(), passphrase, WORK_FACTOR)?.into_bytes());
    Ok(in_protected_file(config, name, key, sealed, passphrase))
}

/// The same with a file that is protected already.
pub(crate) fn in_protected_file(
    config: &ConfigFile,
    name: &str,
    key: NativeKey,
    sealed: Zeroizing<Vec<u8>>,
    passphrase: &Zeroizing<String>,
) -> NewIdentity {
    let (file, recipient) = (Some(unused(config, name, PROTECTED)), Some(key.recipient()));
    let source = IdentitySource { store: IdentityStore::Passphrase, file, recipient };
    in_file(config, source, key, Kept::InFile(sealed, Some(passphrase.clone())))
}

/// In `identities/<name>.txt`, readable by anyone who has the disk or this user's rights.
pub(crate) fn in_plain_file(config: &ConfigFile, name: &str, key: NativeKey) -> NewIdentity {
    let (file, recipient) = (Some(unused(config, name, PLAIN)), Some(key.recipient()));
    let content = Zeroizing::new(key.file().as_bytes().to_vec());
    let source = IdentitySource { store: IdentityStore::File, file, recipient };
    in_file(config, source, key, Kept::InFile(content, None))
}

fn in_file(config: &ConfigFile, source: IdentitySource, key: NativeKey, kept: Kept) -> NewIdentity {
    NewIdentity { found: key.found(find::origin_of(&source, config)), source, kept }
}

/// An existing SSH key. The file is not copied or changed.
pub(crate) fn ssh_key(
    config: &ConfigFile,
    path: &Path,
    keyring: &dyn Keyring,
    ask: &Arc<dyn Ask>,
) -> Result<NewIdentity, CreateError> {
    let source = IdentitySource { store: IdentityStore::Ssh, file: Some(absolute(path)?), recipient: None };
    existing(config, source, keyring, ask)
}

/// An existing identity file of a plugin. The plugin must be allowed by the configuration.
///
/// A plugin's identity does not contain its recipient, so the file must state it in a comment such as `# Recipient:
/// age1yubikey1…`, as plugins write it.
pub(crate) fn plugin(
    config: &ConfigFile,
    path: &Path,
    keyring: &dyn Keyring,
    ask: &Arc<dyn Ask>,
) -> Result<NewIdentity, CreateError> {
    let text = private::read_credential(path, SIZE_LIMIT)?;
    let recipient =
        stated_recipient(&String::from_utf8_lossy(&text)).ok_or_else(|| CreateError::NoRecipient(path.to_owned()))?;
    let source =
        IdentitySource { store: IdentityStore::Plugin, file: Some(absolute(path)?), recipient: Some(recipient) };
    existing(config, source, keyring, ask)
}

/// The first recipient in a comment.
fn stated_recipient(text: &str) -> Option<String> {
    let comments = text.lines().filter_map(|line| line.trim_start().strip_prefix('#'));
    let mut words = comments.flat_map(str::split_whitespace);
    words.find(|word| word.starts_with("age1")).map(str::to_owned)
}

/// One that this machine has already: in the keyring, in its own place or elsewhere. It is opened.
pub(crate) fn existing(
    config: &ConfigFile,
    mut source: IdentitySource,
    keyring: &dyn Keyring,
    ask: &Arc<dyn Ask>,
) -> Result<NewIdentity, CreateError> {
    let found = find::configured(&source, config, keyring, ask).map_err(unreadable)?;
    if source.recipient.is_none() {
        source.recipient = found.identity.recipients().into_iter().next();
    }
    Ok(NewIdentity { found, source, kept: Kept::WhereItIs })
}

/// The file that a user names, or a name in the identities' own place, or the public key of an entry of the keyring.
pub(crate) fn named(config: &ConfigFile, name: &str) -> Result<IdentitySource, CreateError> {
    if name.starts_with("age1") {
        return Ok(IdentitySource { store: IdentityStore::Keyring, file: None, recipient: Some(name.to_owned()) });
    }
    let is_named = |source: &IdentitySource| {
        let file = source.file.as_deref().unwrap_or(Path::new(""));
        [file.file_name(), file.file_stem()].into_iter().flatten().any(|known| known == name) || file == Path::new(name)
    };
    if let Some(own) = own_place::all(config).into_iter().find(is_named) {
        return Ok(own);
    }
    let path = Path::new(name);
    let bytes = private::read_private(path, SIZE_LIMIT)?;
    let text = String::from_utf8_lossy(&bytes);
    let (store, recipient) = match () {
        () if content::is_encrypted(&bytes) => (IdentityStore::Passphrase, None),
        () if text.trim_start().starts_with("-----BEGIN ") => (IdentityStore::Ssh, None),
        () if text.contains("AGE-PLUGIN-") => (IdentityStore::Plugin, stated_recipient(&text)),
        () => (IdentityStore::File, None),
    };
    Ok(IdentitySource { store, file: Some(absolute(path)?), recipient })
}

fn absolute(path: &Path) -> Result<PathBuf, PrivateError> {
    std::path::absolute(path).map_err(|source| PrivateError::Io { verb: "find", path: path.to_owned(), source })
}

impl NewIdentity {
    /// The public keys: its own, or the stated one of a plugin.
    pub(crate) fn recipients(&self) -> Vec<String> {
        let own = self.found.identity.recipients();
        if own.is_empty() { self.source.recipient.iter().cloned().collect() } else { own }
    }

    /// Keeps it, reads it back in the same way as every later command, and only then configures it.
    pub(crate) fn keep(
        self,
        config: &mut ConfigFile,
        keyring: &dyn Keyring,
        in_use: InUse,
    ) -> Result<Found, CreateError> {
        if in_use == InUse::Stays
            && let Some(source) = own_place::source(config).map_err(CreateError::Source)?
        {
            return Err(CreateError::Configured(find::origin_of(&source, config)));
        }
        let NewIdentity { found, source, kept } = self;
        let path = config.directory().join(source.file.as_deref().unwrap_or(Path::new("")));
        let account = source.recipient.clone().unwrap_or_default();
        let read_back = |passphrase: Option<Zeroizing<String>>| {
            let ask: Arc<dyn Ask> = Arc::new(Known(passphrase));
            find::configured(&source, config, keyring, &ask).map_err(unreadable)
        };
        let (found, undo): (_, &dyn Fn()) = match kept {
            Kept::WhereItIs => (Ok(found), &|| {}),
            Kept::InKeyring(text) => {
                keyring.set(&account, &text, PERSON_LIMIT)?;
                (read_back(None), &|| drop(keyring.delete(&account, PERSON_LIMIT)))
            }
            Kept::InFile(content, passphrase) => {
                private::write_private(&path, &content, Overwrite::Refuse)?;
                (read_back(passphrase), &|| drop(std::fs::remove_file(&path)))
            }
        };
        let configured = found.and_then(|found| Ok(set_identity(config.directory(), &source).map(|()| found)?));
        if configured.is_err() {
            undo();
        }
        *config = ConfigFile::at(config.directory());
        configured
    }
}

fn unreadable(error: UnlockError) -> CreateError {
    match error {
        UnlockError::Failed { cause: Cause::Another { .. }, .. } => CreateError::Changed,
        other => CreateError::Unreadable(other),
    }
}

/// Answers with the passphrase that was just chosen, so that the user need not type it a third time.
struct Known(Option<Zeroizing<String>>);

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

    impl Home {
        fn keep(&mut self, new: NewIdentity) -> Result<Found, CreateError> {
            new.keep(&mut self.config, &self.keyring, InUse::Stays)
        }

        fn keep_plain(&mut self) -> Result<Found, CreateError> {
            let new = in_plain_file(&self.config, "alice", NativeKey::generate());
            self.keep(new)
        }

        fn keep_in_keyring(&mut self) -> Result<Found, CreateError> {
            let new = in_keyring(NativeKey::generate(), &self.keyring)?;
            self.keep(new)
        }

        fn ssh(&mut self, path: &Path, ask: &Arc<dyn Ask>) -> Result<Found, CreateError> {
            let new = ssh_key(&self.config, path, &self.keyring, ask)?;
            self.keep(new)
        }
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
        home.keep_plain().unwrap();
        assert_eq!((home.choose(None), home.choose(Some(Plan::PlainFile))), (Plan::Existing, Plan::Existing));
        for asked in [Plan::Keyring, Plan::Passphrase, Plan::Ssh("/some/file".into())] {
            let refused = choose(Some(asked), &home.sources(), &home.keyring);
            assert!(matches!(refused, Err(CreateError::KeptOtherwise(Origin::PlainFile(_)))));
        }
        let mut given = Home::new().sources();
        given.identity_file = Some("/some/file".into());
        assert_eq!(choose(None, &given, &home.keyring).unwrap().plan, Plan::Existing);
        assert!(matches!(choose(Some(Plan::PlainFile), &given, &home.keyring), Err(CreateError::Given)));
        assert_eq!(home.keyring.calls.get(), 0);
    }

    #[test]
    fn a_keyring_identity_is_the_key_text_alone_and_found_again() {
        let mut home = Home::new();
        let made = home.keep_in_keyring().unwrap();
        assert_eq!(home.later(&Answers::nobody()), made.identity.recipients());
        let entries = home.keyring.entries.borrow();
        assert_eq!(entries.keys().collect::<Vec<_>>(), made.identity.recipients().iter().collect::<Vec<_>>());
        assert!(entries.values().all(|text| text.starts_with("AGE-SECRET-KEY-1") && text.len() == 74));
    }

    #[test]
    fn a_keyring_that_forgets_leaves_no_configuration() {
        let mut home = Home::new();
        home.keyring.forgetful.set(true);
        assert!(matches!(home.keep_in_keyring(), Err(CreateError::Unreadable(_))));
        assert!(!home.config.path().exists());
        let mut home = Home::failing(KeyringError::Unavailable);
        assert!(matches!(home.keep_in_keyring(), Err(CreateError::Keyring(_))));
        assert!(!home.config.path().exists());
    }

    #[test]
    fn a_passphrase_identity_is_private_encrypted_and_found_again() {
        let mut home = Home::new();
        let passphrase = Zeroizing::new("horse".to_owned());
        let new = in_passphrase_file(&home.config, "alice", NativeKey::generate(), &passphrase).unwrap();
        assert!(!home.config.directory().exists(), "nothing is written before it is kept");
        let made = home.keep(new).unwrap();
        assert_eq!(home.later(&Answers::with("horse")), made.identity.recipients());
        assert_eq!(home.choose(Some(Plan::Passphrase)), Plan::Existing);
        let path = home.config.directory().join("identities/alice.age");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(fs::read_to_string(&path).unwrap().starts_with("-----BEGIN AGE ENCRYPTED FILE-----"));
    }

    #[test]
    fn an_empty_passphrase_makes_nothing() {
        let home = Home::new();
        let refused = in_passphrase_file(&home.config, "alice", NativeKey::generate(), &Zeroizing::default());
        assert!(matches!(refused, Err(CreateError::Passphrase(PassphraseError::Empty))));
        assert!(!home.config.directory().exists());
    }

    #[test]
    fn what_could_not_be_configured_is_not_left_behind() {
        let mut home = Home::new();
        home.config.read().unwrap();
        // A directory in its place: the configuration cannot be written.
        fs::create_dir_all(home.config.path().join("in the way")).unwrap();
        assert!(home.keep_in_keyring().is_err());
        assert!(home.keyring.entries.borrow().is_empty());
        assert!(home.keep_plain().is_err());
        assert_eq!(fs::read_dir(home.config.directory().join("identities")).map_or(0, Iterator::count), 0);
    }

    #[test]
    fn neither_a_configured_identity_nor_a_file_is_ever_replaced() {
        let mut home = Home::new();
        let made = home.keep_plain().unwrap();
        assert!(matches!(home.keep_in_keyring(), Err(CreateError::Configured(_))));
        fs::remove_file(home.config.path()).unwrap();
        home.config = ConfigFile::at(home.config.directory());
        assert!(matches!(home.keep_plain(), Err(CreateError::Configured(_))), "it is in its own place");
        let new = in_plain_file(&home.config, "alice", NativeKey::generate());
        let other = new.keep(&mut home.config, &home.keyring, InUse::IsReplaced).unwrap();
        assert_eq!(other.origin, Origin::PlainFile(home.config.directory().join("identities/alice-2.txt")));
        let text = fs::read_to_string(home.config.directory().join("identities/alice.txt")).unwrap();
        assert!(text.contains(&made.identity.recipients()[0]));
    }

    #[test]
    fn an_ssh_key_is_referenced_where_it_is() {
        let mut home = Home::new();
        let path = home.plant(include_str!("../../tests/fixture/ssh/ed25519"));
        let ask: Arc<dyn Ask> = Answers::nobody();
        let made = home.ssh(&path, &ask).unwrap();
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
            let refused = home.ssh(&path, &ask);
            assert!(matches!(refused, Err(CreateError::Unreadable(_))));
            assert!(path.exists() && !home.config.path().exists());
        }
    }
}
