//! Keys: opened once per process, and only the versions that are needed.

use std::sync::Arc;

use super::error::{Error, Result};
use super::key_error::VaultKeyError;
use super::tampering::Tampering;
use super::valued::Valued;
use super::vault::Vault;
use crate::crypto::key::{KeyMaterial, open_payload};
use crate::crypto::wrap::{WrapError, unwrap};
use crate::format::path::key_path;
use crate::model::format::Format;
use crate::model::key::{Key, KeyDocument, KeyState, VersionState, Wrap};
use crate::model::name::KeyName;
use crate::model::sealed::KeyVersionId;
use crate::model::trust::Kind;

impl Vault<'_> {
    /// What the trust chain says of a key. In a vault of format 1, the key's document says most of it.
    pub(crate) fn key(&self, name: &KeyName) -> Result<Arc<Key>> {
        let trust = self.trust();
        if trust.format == Format::V1 {
            return Ok(self.loaded_key(name)?.0);
        }
        let key = trust.key(name).ok_or_else(|| VaultKeyError::NotFound(name.clone()))?;
        Ok(Arc::new(key.clone()))
    }

    /// The verified document of a key, with its wraps.
    pub(crate) fn key_document(&self, name: &KeyName) -> Result<Arc<KeyDocument>> {
        Ok(self.loaded_key(name)?.1)
    }

    fn loaded_key(&self, name: &KeyName) -> Result<(Arc<Key>, Arc<KeyDocument>)> {
        if let Some(known) = self.keys.get(name) {
            return Ok(known);
        }
        let document = self.load_key(name)?;
        Ok(self.keys.insert(self.stated(&document)?, document))
    }

    /// What is said of the key that a document belongs to.
    pub(super) fn stated(&self, document: &KeyDocument) -> Result<Key> {
        let trust = self.trust();
        let key = trust.key(&document.name).ok_or_else(|| VaultKeyError::NotFound(document.name.clone()))?;
        match &document.stated {
            Some(stated) if trust.format == Format::V1 => {
                Ok(Key { scopes: key.scopes.clone(), floor: key.floor, ..(**stated).clone() })
            }
            _ => Ok(key.clone()),
        }
    }

    /// The opened material of one version of a key. Unlocks.
    pub(super) fn key_material(&self, name: &KeyName, number: u64) -> Result<Arc<KeyMaterial>> {
        if let Some(material) = self.keys.material(name, number) {
            return Ok(material);
        }
        let (key, document) = self.loaded_key(name)?;
        let wrap = document.wrap(number).ok_or_else(|| unwrapped(&key, &document, number))?;
        let material = Arc::new(self.open_wrap(&key, wrap)?);
        self.keys.insert_material(name, number, &material);
        Ok(material)
    }

    /// The key for a value of this name.
    pub(crate) fn governing_key<D: Valued>(&self, name: &D::Name) -> Result<KeyName> {
        self.sealing_key(D::KIND, name.as_ref(), None).map(|key| key.name)
    }

    /// The key and version that a new value of this name is sealed under: the current one, unless somebody knows it who
    /// should not.
    pub(super) fn sealing_key(&self, kind: Kind, name: &str, asked: Option<&KeyName>) -> Result<KeyVersionId> {
        let trust = self.trust();
        let governing = trust.key_for(kind, name).ok_or_else(|| VaultKeyError::NoneFor(name.to_owned()))?;
        let rule = match asked {
            None => governing,
            Some(asked) => trust.key(asked).ok_or_else(|| VaultKeyError::NotFound(asked.clone()))?,
        };
        if rule.name != governing.name {
            let (key, governing) = (rule.name.clone(), governing.name.clone());
            return Err(VaultKeyError::Other { key, name: name.to_owned(), governing }.into());
        }
        let key = self.key(&rule.name)?;
        let unusable = |reason: String| VaultKeyError::Unusable { key: key.name.clone(), reason };
        require_enabled(&key)?;
        let version = key.current().ok_or_else(|| unusable("its current version is missing".into()))?;
        let named = || format!("version {}", key.ordinal(version.number));
        match version.state {
            VersionState::Enabled => Ok(KeyVersionId { name: rule.name.clone(), number: version.number }),
            VersionState::Tainted => Err(unusable(format!("{} is tainted", named())).into()),
            VersionState::Destroyed => Err(unusable(format!("{} is destroyed", named())).into()),
        }
    }

    /// Opens one version. What is in the wrap must be the 32 bytes that the key has under that number.
    pub(super) fn open_wrap(&self, key: &Key, wrap: &Wrap) -> Result<KeyMaterial> {
        let named = || Tampering::WrappedKey(key.ordinal(wrap.number));
        let wrong = || Error::Tampered { path: key_path(&key.name), reason: named() };
        let version = key.version(wrap.number).ok_or_else(|| unlisted(key, wrap.number))?;
        if version.state == VersionState::Destroyed {
            return Err(VaultKeyError::Destroyed(key.name.clone()).into());
        }
        let identity = self.credentials()?.identity();
        let payload = unwrap(&wrap.wrapped, identity).map_err(|error| match error {
            WrapError::NotARecipient => self.not_opened(key),
            _ => wrong(),
        })?;
        let opened = open_payload(&payload, &self.id.to_string(), &self.id.0, &key.id.0, wrap.number);
        let material = opened.map_err(|_| wrong())?;
        if material.matches(&version.check) { Ok(material) } else { Err(wrong()) }
    }

    /// A reader whom the key is not wrapped for yet is told so; anybody else is no reader.
    fn not_opened(&self, key: &Key) -> Error {
        match self.whoami() {
            Ok(me) if key.readers.contains(&me.name) => VaultKeyError::NotWrapped(key.name.clone()).into(),
            me => {
                let reader = me.ok().map(|me| me.name.to_string()).or_else(|| self.known_member());
                Error::NotAReader { key: key.name.clone(), readers: key.readers.clone(), reader }
            }
        }
    }

    /// Refuses a key document that lacks a version which the trust chain lists: it is from before that was added.
    pub(super) fn require_every_wrap(&self, document: &KeyDocument) -> Result<()> {
        let key = self.stated(document)?;
        match document.outdated(&key) {
            None => Ok(()),
            Some((last, missing)) => Err(VaultKeyError::Outdated(key.name, last, missing).into()),
        }
    }
}

/// A version that the document lacks: it is outdated, if the trust chain lists that version.
fn unwrapped(key: &Key, document: &KeyDocument, number: u64) -> Error {
    match document.outdated(key).filter(|_| key.version(number).is_some()) {
        Some((last, missing)) => VaultKeyError::Outdated(key.name.clone(), last, missing).into(),
        None => unlisted(key, number),
    }
}

fn unlisted(key: &Key, number: u64) -> Error {
    VaultKeyError::UnknownVersion { key: key.name.clone(), version: format!("{number:016x}") }.into()
}

/// Refuses to open or seal a value under a key that an admin has disabled. Wraps are still written for its readers, so
/// that members can be removed meanwhile.
pub(super) fn require_enabled(key: &Key) -> Result<()> {
    let name = || key.name.clone();
    Err(match key.state {
        KeyState::Enabled => return Ok(()),
        KeyState::Disabled => VaultKeyError::Disabled(name()),
        KeyState::Deleting(_) if key.is_destroyed() => VaultKeyError::Destroyed(name()),
        KeyState::Deleting(after) => VaultKeyError::Deleting(name(), after),
    }
    .into())
}
