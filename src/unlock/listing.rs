//! The identities of this machine, without opening any that needs a passphrase.

use super::content;
use super::find;
use super::keyring::{Keyring, PROBE_LIMIT};
use super::native_key::NativeKey;
use super::source::{CREDENTIAL, Origin, Sources};
use super::{own_place, renewal};
use crate::machine::config::{ConfigError, ConfigFile, IdentitySource, IdentityStore};
use crate::machine::private;

/// One of them.
pub(crate) struct Listed {
    pub(crate) origin: Origin,
    /// Its public key, as far as it is known.
    pub(crate) recipient: Option<String>,
    pub(crate) from: From,
    /// Whether commands use it.
    pub(crate) is_used: bool,
    /// Why it cannot be used.
    pub(crate) problem: Option<String>,
}

/// Where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// An option or a variable.
    Given,
    /// The configuration.
    Configured,
    /// It was found in its own place.
    OwnPlace,
    /// `vault member request --renew`: an admin has not accepted it, or it was not taken into use.
    Renewal,
}

impl From {
    /// In a few words.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            From::Given => "given by an option or a variable",
            From::Configured => "configured",
            From::OwnPlace => "found in its own place",
            From::Renewal => "requested by --renew",
        }
    }
}

/// All of them; the first is used if any is. Without a keyring its entry is not looked up.
pub(crate) fn all(sources: &Sources, keyring: Option<&dyn Keyring>) -> Result<Vec<Listed>, ConfigError> {
    let config = &sources.config;
    let mut all: Vec<Listed> = given(sources).collect();
    let configured = config.read()?.identity.as_ref();
    all.extend(configured.map(|source| listed(source, config, From::Configured, keyring)));
    let own = own_place::all(config).into_iter().filter(|own| configured.is_none_or(|it| it.file != own.file));
    all.extend(own.map(|source| listed(&source, config, From::OwnPlace, keyring)));
    let is_clear = all.first().is_some_and(|first| first.from != From::OwnPlace) || all.len() == 1;
    if let Some(first) = all.first_mut().filter(|_| is_clear) {
        first.is_used = true;
    }
    if let Some(begun) = renewal::begun(config)? {
        all.extend(begun.read()?.identity.as_ref().map(|source| listed(source, &begun, From::Renewal, keyring)));
    }
    Ok(all)
}

/// What options and variables name. What can be read once only is not.
fn given(sources: &Sources) -> impl Iterator<Item = Listed> + '_ {
    let credential = sources.credentials_directory.as_ref().map(|directory| directory.join(CREDENTIAL));
    let files = [
        sources.identity_file.clone().map(Origin::IdentityFile),
        credential.filter(|path| path.exists()).map(Origin::Credential),
    ];
    let others = [sources.identity_fd.map(Origin::Descriptor), sources.identity_text.as_ref().map(|_| Origin::Text)];
    files.into_iter().chain(others).flatten().map(|origin| {
        let (recipient, problem) = match &origin {
            Origin::IdentityFile(path) => known(private::read_given(path, content::SIZE_LIMIT)),
            Origin::Credential(path) => known(private::read_credential(path, content::SIZE_LIMIT)),
            Origin::Text => (sources.identity_text.as_ref().and_then(|text| public_key(text.as_bytes())), None),
            _ => (None, None),
        };
        Listed { origin, recipient, from: From::Given, is_used: false, problem }
    })
}

fn listed(source: &IdentitySource, config: &ConfigFile, from: From, keyring: Option<&dyn Keyring>) -> Listed {
    let (found, problem) = match (&source.file, keyring) {
        (Some(file), _) => known(private::read_private(&config.directory().join(file), content::SIZE_LIMIT)),
        (None, Some(keyring)) => known(keyring.get(source.recipient.as_deref().unwrap_or_default(), PROBE_LIMIT)),
        (None, None) => (None, None),
    };
    let is_other = matches!((&found, &source.recipient), (Some(found), Some(stated)) if found != stated)
        && source.store != IdentityStore::Plugin;
    let problem = problem.or_else(|| is_other.then(|| "another identity is configured for this place".to_owned()));
    let recipient = found.or_else(|| source.recipient.clone());
    Listed { origin: find::origin_of(source, config), recipient, from, is_used: false, problem }
}

/// The public key of what was read, as far as it is known, or why it was not read.
fn known(read: Result<impl AsRef<[u8]>, impl ToString>) -> (Option<String>, Option<String>) {
    match read {
        Ok(bytes) => (public_key(bytes.as_ref()), None),
        Err(error) => (None, Some(error.to_string())),
    }
}

/// That of a native key that needs no passphrase.
fn public_key(bytes: &[u8]) -> Option<String> {
    NativeKey::parse(std::str::from_utf8(bytes).ok()?).ok().map(|key| key.recipient())
}
