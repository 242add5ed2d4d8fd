//! A new identity beside the one in use: its keys are requested, and it is used once an admin has accepted them.
//!
//! It is in its own directory below the configuration directory, with a configuration as `vault init` writes one, so it
//! is created and found like any other. The current one stays in use until [`take_into_use`].

use std::path::Path;

use super::signing;
use crate::machine::config::{Config, ConfigError, ConfigFile, IdentitySource, set_identity};
use crate::machine::private::{self, Overwrite, PrivateError};
use crate::model::id::VaultId;

/// The name of the directories; later ones have a number appended.
const NAME: &str = "renewal";

/// The new identity that is not in use yet, if there is one.
pub(crate) fn begun(config: &ConfigFile) -> Result<Option<ConfigFile>, ConfigError> {
    let open = open(config);
    Ok(open.read()?.identity.is_some().then_some(open))
}

/// Where a new identity can be created. It may use the plugins that this machine allows.
pub(crate) fn begin(config: &ConfigFile) -> Result<ConfigFile, ConfigError> {
    let mut open = open(config);
    let Config { plugins, allow_ssh_rsa, .. } = config.read()?.clone();
    open.write(Config { plugins, allow_ssh_rsa, ..Config::default() })?;
    Ok(open)
}

/// Switches to the new identity, also after an interrupted attempt. Returns where the old one is, which is kept: other
/// vaults may use it.
pub(crate) fn take_into_use(
    config: &ConfigFile,
    renewal: &ConfigFile,
    vault: VaultId,
) -> Result<Option<IdentitySource>, ConfigError> {
    let (old, mut new) = (config.read()?.identity.clone(), renewal.read()?.identity.clone());
    if let Some(new) = &mut new {
        let name = renewal.directory().file_name().unwrap_or_default();
        new.file = new.file.take().map(|file| Path::new(name).join(file));
        copy_signing_key(config, renewal, vault)?;
        set_identity(config.directory(), new)?;
    }
    let path = renewal.path();
    std::fs::remove_file(&path).map_err(|source| PrivateError::Io { verb: "remove", path, source })?;
    Ok(old.filter(|old| Some(old) != new.as_ref()))
}

/// The signing key of an identity that has none of its own. That of an older such identity is kept under another name.
fn copy_signing_key(config: &ConfigFile, renewal: &ConfigFile, vault: VaultId) -> Result<(), PrivateError> {
    let path = |config: &ConfigFile| signing::path(config.directory(), vault);
    let to = path(config);
    let (Some(key), old) = (signing::sealed(&path(renewal))?, signing::sealed(&to)?) else { return Ok(()) };
    if let Some(old) = old.filter(|old| *old != key) {
        private::write_private(&to.with_extension("age.before"), &old, Overwrite::Replace)?;
    }
    private::write_private(&to, &key, Overwrite::Replace)
}

/// The first unused directory: one whose identity is in use no longer has a configuration.
fn open(config: &ConfigFile) -> ConfigFile {
    let at = |name: String| ConfigFile::at(config.directory().join(name));
    let mut later = (2..).map(|number| at(format!("{NAME}-{number}")));
    let mut open = at(NAME.to_owned());
    while open.directory().exists() && !open.path().exists() {
        let Some(next) = later.next() else { break };
        open = next;
    }
    open
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::unlock::ask::Ask;
    use crate::unlock::ask::double::Answers;
    use crate::unlock::create::InUse;
    use crate::unlock::keyring::double::MemoryKeyring;
    use crate::unlock::native_key::NativeKey;
    use crate::unlock::source::Sources;
    use crate::unlock::{create, find};

    /// Keeps a new identity in a plain file. Returns its recipients.
    fn plain(mut config: ConfigFile) -> Vec<String> {
        let new = create::in_plain_file(&config, "ana", NativeKey::generate());
        let kept = new.keep(&mut config, &MemoryKeyring::default(), InUse::Stays);
        kept.unwrap().identity.recipients()
    }

    fn recipients(config: &ConfigFile) -> Vec<String> {
        let ask: Arc<dyn Ask> = Answers::nobody();
        let sources = Sources::configured(ConfigFile::at(config.directory()));
        find::find(&sources, &ask).unwrap().identity.recipients()
    }

    #[test]
    fn a_new_identity_waits_beside_the_old_one_and_takes_its_place_once_and_again() {
        let directory = tempfile::tempdir().unwrap();
        let here = || ConfigFile::at(directory.path().join("vault"));
        let mut old = plain(here());
        let text = std::fs::read_to_string(here().path()).unwrap();
        std::fs::write(here().path(), format!("# mine\n{text}editor: \"vi\"\n")).unwrap();
        let id = VaultId([7; 32]);
        for round in 0..2 {
            assert!(begun(&here()).unwrap().is_none());
            // Cancelled before there was an identity: the same directory is used.
            assert_eq!(begin(&here()).unwrap().path(), begin(&here()).unwrap().path());
            let new = plain(begin(&here()).unwrap());
            assert_eq!(recipients(&here()), old, "still in use");
            let renewal = begun(&here()).unwrap().unwrap();
            let spent = std::fs::read(renewal.path()).unwrap();
            let file = take_into_use(&here(), &renewal, id).unwrap().unwrap().file.unwrap();
            assert!(here().directory().join(file).exists(), "the old identity is kept");
            assert_eq!(recipients(&here()), new);
            // Killed before the end: the same again.
            std::fs::write(renewal.path(), spent).unwrap();
            assert_eq!(take_into_use(&here(), &begun(&here()).unwrap().unwrap(), id).unwrap(), None);
            assert_eq!(recipients(&here()), new);
            assert!(new != old, "round {round}");
            old = new;
        }
        let text = std::fs::read_to_string(here().path()).unwrap();
        assert!(
            text.starts_with("# mine\n") && text.contains("editor: \"vi\"") && text.matches("store").count() == 1,
            "{text}"
        );
    }

    #[test]
    fn a_signing_key_comes_along_and_an_older_one_is_kept() {
        let directory = tempfile::tempdir().unwrap();
        let here = ConfigFile::at(directory.path().join("vault"));
        let renewal = begin(&here).unwrap();
        plain(ConfigFile::at(renewal.directory()));
        let id = VaultId([7; 32]);
        let (from, to) = (signing::path(renewal.directory(), id), signing::path(here.directory(), id));
        private::write_private(&to, b"old", Overwrite::Refuse).unwrap();
        private::write_private(&from, b"new", Overwrite::Refuse).unwrap();
        for _ in 0..2 {
            copy_signing_key(&here, &renewal, id).unwrap();
            assert_eq!(std::fs::read(&to).unwrap(), b"new");
            assert_eq!(std::fs::read(to.with_extension("age.before")).unwrap(), b"old");
        }
    }
}
