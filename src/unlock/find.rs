//! The search for an identity, source by source, in a fixed order.

use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::agent::{AgentError, HELD_LIMIT, client};
use super::ask::Ask;
use super::content::{self, SIZE_LIMIT};
use super::error::{Cause, Tried, UnlockError};
use super::keyring::{Keyring, PERSON_LIMIT, PROBE_LIMIT, SystemKeyring};
use super::own_place;
use super::source::{CREDENTIAL, Found, Origin, Sources};
use crate::machine::config::{ConfigFile, IdentitySource, IdentityStore};
use crate::machine::private::{self, PrivateError};

/// The identity of the first configured source, using the system's keyring if that is the source.
pub fn find(sources: &Sources, ask: &Arc<dyn Ask>) -> Result<Found, UnlockError> {
    find_with(sources, &SystemKeyring, ask)
}

/// The identity of the first configured source. No later source is touched, whether it works or fails.
pub(crate) fn find_with(sources: &Sources, keyring: &dyn Keyring, ask: &Arc<dyn Ask>) -> Result<Found, UnlockError> {
    let mut tried = Vec::new();
    if let Some(found) = given(sources, ask, &mut tried) {
        return found;
    }
    if let Some(source) = own_place::source(&sources.config)? {
        return match from_agent(sources, &source, ask) {
            Some(found) => Ok(found),
            None => configured_and_kept(sources, &source, keyring, ask),
        };
    }
    tried.push(nothing_configured(&sources.config));
    Err(UnlockError::NoIdentity { tried })
}

/// Whether a source outside the configuration has an identity, without opening it.
pub(crate) fn is_given(sources: &Sources) -> bool {
    sources.identity_file.is_some()
        || sources.credentials_directory.as_ref().is_some_and(|directory| directory.join(CREDENTIAL).exists())
        || sources.identity_fd.is_some()
        || sources.identity_text.is_some()
}

/// The sources given by options and environment. `None` if none of them is configured.
fn given(sources: &Sources, ask: &Arc<dyn Ask>, tried: &mut Vec<Tried>) -> Option<Result<Found, UnlockError>> {
    let config = &sources.config;
    match &sources.identity_file {
        Some(path) => return Some(from_file(path, config, ask)),
        None => tried.push(unset("`--identity` or `VLT_IDENTITY_FILE`")),
    }
    match &sources.credentials_directory {
        Some(directory) => match from_credentials(directory, config, ask) {
            Some(found) => return Some(found),
            None => tried.push(missing(&directory.join(CREDENTIAL))),
        },
        None => tried.push(unset("`CREDENTIALS_DIRECTORY`")),
    }
    match sources.identity_fd {
        Some(number) => return Some(from_descriptor(number, config, ask)),
        None => tried.push(unset("`VLT_IDENTITY_FD`")),
    }
    match &sources.identity_text {
        Some(text) => return Some(from_text(text, config, ask)),
        None => tried.push(unset("`VLT_IDENTITY`")),
    }
    None
}

fn from_file(path: &Path, config: &ConfigFile, ask: &Arc<dyn Ask>) -> Result<Found, UnlockError> {
    let origin = Origin::IdentityFile(path.to_owned());
    let bytes = private::read_given(path, SIZE_LIMIT).map_err(UnlockError::at(&origin))?;
    content::open(&bytes, origin, config, ask)
}

/// A service may only have other credentials, so a missing file means "not configured".
fn from_credentials(directory: &Path, config: &ConfigFile, ask: &Arc<dyn Ask>) -> Option<Result<Found, UnlockError>> {
    let path = directory.join(CREDENTIAL);
    let origin = Origin::Credential(path.clone());
    match private::read_credential(&path, SIZE_LIMIT) {
        Err(PrivateError::Absent { .. }) => None,
        Err(error) => Some(Err(UnlockError::at(&origin)(error))),
        Ok(bytes) => Some(content::open(&bytes, origin, config, ask)),
    }
}

fn from_descriptor(number: i32, config: &ConfigFile, ask: &Arc<dyn Ask>) -> Result<Found, UnlockError> {
    let origin = Origin::Descriptor(number);
    let bytes = read_descriptor(number).map_err(UnlockError::at(&origin))?;
    content::open(&bytes, origin, config, ask)
}

/// Opened by its name under `/dev/fd`: taking ownership of a number chosen elsewhere would be unsafe in Rust's sense.
fn read_descriptor(number: i32) -> Result<Zeroizing<Vec<u8>>, Cause> {
    if number < 0 || number == 1 || number == 2 {
        return Err(Cause::Descriptor(std::io::ErrorKind::InvalidInput.into()));
    }
    let source = private::open_descriptor(number).map_err(Cause::Descriptor)?;
    let bytes = private::read_capped(source, SIZE_LIMIT).map_err(Cause::Descriptor)?;
    bytes.ok_or(Cause::TooLarge(SIZE_LIMIT))
}

fn from_text(text: &str, config: &ConfigFile, ask: &Arc<dyn Ask>) -> Result<Found, UnlockError> {
    if text.len() > SIZE_LIMIT {
        return Err(UnlockError::at(&Origin::Text)(Cause::TooLarge(SIZE_LIMIT)));
    }
    content::open(text.as_bytes(), Origin::Text, config, ask)
}

/// The configured identity as held by an agent. If the agent does not return it, the search continues.
fn from_agent(sources: &Sources, source: &IdentitySource, ask: &Arc<dyn Ask>) -> Option<Found> {
    let socket = sources.agent.as_ref()?.places.socket(&sources.config, source);
    let text = match client::identity(&socket) {
        Ok(text) => text,
        Err(AgentError::Absent) => return None,
        Err(error) => {
            ask.detail(&format!("{error}: `{}`", socket.display()));
            return None;
        }
    };
    let found = content::open(&text, Origin::Agent(socket), &sources.config, ask);
    let found = found.and_then(|found| confirm(found, source.recipient.as_deref()));
    found.map_err(|error| ask.detail(&error.to_string())).ok()
}

/// What `vault init` configured. The caller that starts agents is notified if a passphrase was used.
fn configured_and_kept(
    sources: &Sources,
    source: &IdentitySource,
    keyring: &dyn Keyring,
    ask: &Arc<dyn Ask>,
) -> Result<Found, UnlockError> {
    let access = sources.agent.as_ref().filter(|_| source.store == IdentityStore::Passphrase);
    let Some((access, keeper)) = access.and_then(|access| Some((access, access.keeper.as_ref()?))) else {
        return configured(source, &sources.config, keyring, ask);
    };
    let (found, text) = with_text(source, &sources.config, keyring, ask)?;
    if can_be_held(&found, &text) {
        keeper.opened(&text, &access.places.socket(&sources.config, source), &sources.config);
    }
    Ok(found)
}

/// The configured identity and its text, for an agent to hold.
pub(crate) fn with_text(
    source: &IdentitySource,
    config: &ConfigFile,
    keyring: &dyn Keyring,
    ask: &Arc<dyn Ask>,
) -> Result<(Found, Zeroizing<Vec<u8>>), UnlockError> {
    let origin = origin_of(source, config);
    let bytes = stored(source, config, keyring, ask).map_err(UnlockError::at(&origin))?;
    let text = content::decrypt(&bytes, &origin, ask).map_err(UnlockError::at(&origin))?.unwrap_or(bytes);
    let found = content::open(&text, origin, config, ask)?;
    Ok((confirm(found, source.recipient.as_deref())?, text))
}

/// Whether an agent can hold it: native age keys of a usual size. SSH keys and plugins prompt in their own ways.
pub(crate) fn can_be_held(found: &Found, text: &[u8]) -> bool {
    found.identity.signing_key().is_some() && text.len() < HELD_LIMIT
}

/// What `vault init` configured.
pub(super) fn configured(
    source: &IdentitySource,
    config: &ConfigFile,
    keyring: &dyn Keyring,
    ask: &Arc<dyn Ask>,
) -> Result<Found, UnlockError> {
    let origin = origin_of(source, config);
    let bytes = stored(source, config, keyring, ask).map_err(UnlockError::at(&origin))?;
    confirm(content::open(&bytes, origin, config, ask)?, source.recipient.as_deref())
}

/// What is in the configured place.
fn stored(
    source: &IdentitySource,
    config: &ConfigFile,
    keyring: &dyn Keyring,
    ask: &Arc<dyn Ask>,
) -> Result<Zeroizing<Vec<u8>>, Cause> {
    if let Some(file) = &source.file {
        return Ok(private::read_private(&config.directory().join(file), SIZE_LIMIT)?);
    }
    let account = source.recipient.as_deref().unwrap_or_default();
    let limit = if ask.interactive() { PERSON_LIMIT } else { PROBE_LIMIT };
    Ok(Zeroizing::new(keyring.get(account, limit)?.as_bytes().to_vec()))
}

pub(crate) fn origin_of(source: &IdentitySource, config: &ConfigFile) -> Origin {
    let path = config.directory().join(source.file.as_deref().unwrap_or(Path::new("")));
    match source.store {
        IdentityStore::Keyring => Origin::Keyring(source.recipient.clone().unwrap_or_default()),
        IdentityStore::Passphrase => Origin::PassphraseFile(path),
        IdentityStore::File => Origin::PlainFile(path),
        IdentityStore::Ssh => Origin::SshKey(path),
        IdentityStore::Plugin => Origin::Plugin(path),
    }
}

/// The identity must be the configured one. Some kinds do not reveal their public key.
fn confirm(found: Found, expected: Option<&str>) -> Result<Found, UnlockError> {
    let Some(expected) = expected else { return Ok(found) };
    let recipients = found.identity.recipients();
    if recipients.is_empty() || recipients.iter().any(|recipient| same_key(recipient, expected)) {
        return Ok(found);
    }
    Err(UnlockError::at(&found.origin)(Cause::Another { expected: expected.to_owned() }))
}

/// The comment after an SSH key has no meaning.
fn same_key(one: &str, other: &str) -> bool {
    one.split_whitespace().take(2).eq(other.split_whitespace().take(2))
}

fn unset(place: &str) -> Tried {
    Tried { place: place.to_owned(), wrong: "not set".to_owned() }
}

fn missing(path: &Path) -> Tried {
    Tried { place: format!("`{}`", path.display()), wrong: "does not exist".to_owned() }
}

fn nothing_configured(config: &ConfigFile) -> Tried {
    let path = config.path();
    if path.exists() {
        return Tried { place: format!("`{}`", path.display()), wrong: "names no identity".to_owned() };
    }
    missing(&path)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::PathBuf;

    use super::super::ask::double::Answers;
    use super::super::keyring::KeyringError;
    use super::super::keyring::double::MemoryKeyring;
    use super::*;
    use crate::crypto::identity::Identity;
    use crate::machine::config::Config;

    /// A home with a different identity in every source.
    struct Home {
        directory: tempfile::TempDir,
        keyring: MemoryKeyring,
    }

    impl Home {
        fn new() -> Self {
            Home { directory: tempfile::tempdir().unwrap(), keyring: MemoryKeyring::default() }
        }

        fn path(&self, name: &str) -> PathBuf {
            self.directory.path().join(name)
        }

        /// Writes a new identity to that file; returns its public key.
        fn identity(&self, name: &str) -> String {
            let (recipient, text) = fresh();
            private::write_private(&self.path(name), text.as_bytes(), private::Overwrite::Replace).unwrap();
            recipient
        }

        fn sources(&self) -> Sources {
            Sources::configured(ConfigFile::at(self.path("config")))
        }

        /// Sources with that identity configured.
        fn configured(&self, identity: IdentitySource) -> Sources {
            let mut sources = self.sources();
            sources.config.write(Config { identity: Some(identity), ..Config::default() }).unwrap();
            sources
        }

        fn find(&self, sources: &Sources) -> Result<Found, UnlockError> {
            let ask: Arc<dyn Ask> = Answers::nobody();
            find_with(sources, &self.keyring, &ask)
        }

        fn found(&self, sources: &Sources) -> String {
            self.find(sources).unwrap().identity.recipients().remove(0)
        }

        fn failure(&self, sources: &Sources) -> (Origin, Cause) {
            match self.find(sources).err().unwrap() {
                UnlockError::Failed { origin, cause } => (origin, cause),
                other => panic!("{other}"),
            }
        }
    }

    fn fresh() -> (String, Zeroizing<String>) {
        let (identity, text) = Identity::generate();
        (identity.recipients().remove(0), text)
    }

    fn in_file(file: PathBuf, recipient: Option<String>) -> IdentitySource {
        IdentitySource { store: IdentityStore::File, file: Some(file), recipient }
    }

    fn in_keyring(recipient: &str) -> IdentitySource {
        IdentitySource { store: IdentityStore::Keyring, file: None, recipient: Some(recipient.to_owned()) }
    }

    #[test]
    fn the_order_of_places_is_fixed() {
        let home = Home::new();
        let (named, credential) = (home.identity("named"), home.identity("credentials/vault-identity"));
        let (piped, configured) = (home.identity("piped"), home.identity("configured"));
        let (given, text) = fresh();
        let mut sources = home.configured(in_file(home.path("configured"), None));
        let pipe = File::open(home.path("piped")).unwrap();
        sources.identity_file = Some(home.path("named"));
        sources.credentials_directory = Some(home.path("credentials"));
        sources.identity_fd = Some(std::os::fd::AsRawFd::as_raw_fd(&pipe));
        sources.identity_text = Some(text);

        assert_eq!(home.found(&sources), named);
        sources.identity_file = None;
        assert_eq!(home.found(&sources), credential);
        sources.credentials_directory = None;
        assert_eq!(home.found(&sources), piped);
        sources.identity_fd = None;
        assert_eq!(home.found(&sources), given);
        sources.identity_text = None;
        assert_eq!(home.found(&sources), configured);
    }

    #[test]
    fn the_first_configured_place_that_fails_is_the_error() {
        let home = Home::new();
        home.identity("configured");
        let mut sources = home.configured(in_file(home.path("configured"), None));
        sources.identity_text = Some(Zeroizing::new(String::new()));
        assert_eq!(home.failure(&sources).0, Origin::Text);
        sources.identity_fd = Some(12_345);
        assert_eq!(home.failure(&sources).0, Origin::Descriptor(12_345));
        home.identity("credentials/vault-identity");
        fs::set_permissions(home.path("credentials/vault-identity"), fs::Permissions::from_mode(0o644)).unwrap();
        sources.credentials_directory = Some(home.path("credentials"));
        assert!(matches!(home.failure(&sources).0, Origin::Credential(_)));
        sources.identity_file = Some(home.path("none"));
        assert!(matches!(home.failure(&sources), (Origin::IdentityFile(_), Cause::File(PrivateError::Absent { .. }))));
    }

    #[test]
    fn a_named_file_is_all_that_is_touched() {
        let home = Home::new();
        let named = home.identity("named");
        fs::create_dir(home.path("config")).unwrap();
        fs::write(home.path("config/config.yaml"), "nonsense: true\n").unwrap();
        let mut sources = home.sources();
        sources.identity_file = Some(home.path("named"));
        assert_eq!(home.found(&sources), named);
        assert_eq!(home.keyring.calls.get(), 0);
        assert!(matches!(home.find(&home.sources()), Err(UnlockError::Config(_))));
    }

    #[test]
    fn no_identity_lists_every_place_and_what_was_wrong_there() {
        let home = Home::new();
        let mut sources = home.sources();
        sources.credentials_directory = Some(home.path("credentials"));
        let error = home.find(&sources).err().unwrap();
        let places =
            ["VLT_IDENTITY_FILE", "credentials/vault-identity", "VLT_IDENTITY_FD", "`VLT_IDENTITY`", "config.yaml"];
        for place in places {
            assert!(error.to_string().contains(place), "{place} in: {error}");
        }
        assert!(matches!(error, UnlockError::NoIdentity { tried } if tried.len() == 5));
    }

    #[test]
    fn an_identity_that_others_can_read_is_refused_and_a_link_only_where_it_is_not_given() {
        let home = Home::new();
        home.identity("named");
        symlink(home.path("named"), home.path("link")).unwrap();
        let configured = home.configured(in_file(home.path("link"), None));
        assert!(matches!(home.failure(&configured).1, Cause::File(PrivateError::Link { .. })));
        let mut sources = home.sources();
        sources.identity_file = Some(home.path("link"));
        home.find(&sources).unwrap();
        fs::set_permissions(home.path("named"), fs::Permissions::from_mode(0o644)).unwrap();
        for path in ["link", "named"] {
            sources.identity_file = Some(home.path(path));
            let message = home.find(&sources).err().unwrap().to_string();
            assert!(message.contains("chmod 600"), "{message}");
        }
    }

    #[test]
    fn too_much_is_refused_wherever_it_comes_from() {
        let home = Home::new();
        let mut sources = home.sources();
        let text = Zeroizing::new("#".repeat(SIZE_LIMIT + 1));
        private::write_private(&home.path("named"), text.as_bytes(), private::Overwrite::Replace).unwrap();
        let opened = File::open(home.path("named")).unwrap();
        sources.identity_text = Some(text);
        assert!(matches!(home.failure(&sources).1, Cause::TooLarge(_)));
        sources.identity_fd = Some(std::os::fd::AsRawFd::as_raw_fd(&opened));
        assert!(matches!(home.failure(&sources).1, Cause::TooLarge(_)));
        sources.identity_file = Some(home.path("named"));
        assert!(matches!(home.failure(&sources).1, Cause::File(PrivateError::TooLarge { .. })));
    }

    #[test]
    fn output_descriptors_are_not_read_from() {
        let home = Home::new();
        for number in [-1, 1, 2] {
            let mut sources = home.sources();
            sources.identity_fd = Some(number);
            assert!(matches!(home.failure(&sources).1, Cause::Descriptor(_)));
        }
    }

    #[test]
    fn the_keyring_is_asked_for_the_configured_account() {
        let home = Home::new();
        let (recipient, text) = fresh();
        let sources = home.configured(in_keyring(&recipient));
        let refused = home.failure(&sources).1;
        assert!(matches!(refused, Cause::Keyring(KeyringError::NoEntry { .. })), "{refused}");
        home.keyring.entries.borrow_mut().insert(recipient.clone(), text.to_string());
        assert_eq!(home.found(&sources), recipient);
    }

    #[test]
    fn a_failing_keyring_makes_nothing_new_and_names_the_fallback() {
        for error in [KeyringError::Unavailable, KeyringError::NoAccess, KeyringError::Silent { seconds: 3 }] {
            let mut home = Home::new();
            home.keyring = MemoryKeyring::failing(error);
            let message = home.find(&home.configured(in_keyring("age1x"))).err().unwrap().to_string();
            assert!(message.contains("VLT_IDENTITY_FILE"), "{message}");
            assert!(home.keyring.entries.borrow().is_empty());
            assert_eq!(fs::read_dir(home.path("config")).unwrap().count(), 1, "only config.yaml");
        }
    }

    #[test]
    fn another_identity_than_the_configured_one_is_refused() {
        let home = Home::new();
        home.identity("configured");
        let expected = fresh().0;
        let sources = home.configured(in_file(home.path("configured"), Some(expected.clone())));
        assert!(matches!(home.failure(&sources).1, Cause::Another { expected: named } if named == expected));
    }
}
