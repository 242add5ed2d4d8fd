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
use crate::model::key::{Key, KeyState};
use crate::model::name::KeyName;
use crate::model::sealed::KeyVersionId;
use crate::model::trust::Kind;

impl Vault<'_> {
    /// A key's verified document.
    pub(crate) fn key(&self, name: &KeyName) -> Result<Arc<Key>> {
        match self.keys.get(name) {
            Some(key) => Ok(key),
            None => Ok(self.keys.insert(self.load_key(name)?)),
        }
    }

    /// The opened material of one version of a key. Unlocks.
    pub(super) fn key_material(&self, name: &KeyName, number: u64) -> Result<Arc<KeyMaterial>> {
        let key = self.key(name)?;
        if let Some(material) = self.keys.material(name, number) {
            return Ok(material);
        }
        let material = Arc::new(self.open_version(&key, number)?);
        self.keys.insert_material(name, number, &material);
        Ok(material)
    }

    /// The key for a value of this name.
    pub(crate) fn governing_key<D: Valued>(&self, name: &D::Name) -> Result<KeyName> {
        self.sealing_key(D::KIND, name.as_ref(), None).map(|key| key.name)
    }

    /// The key and version that a new value of this name is sealed under. It is never below the trust chain's floor:
    /// such a document is not loaded.
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
        let version = key.version(key.current).ok_or_else(|| unusable("its current version is missing".into()))?;
        match version.state {
            KeyState::Enabled => Ok(KeyVersionId { name: rule.name.clone(), number: version.number }),
            KeyState::Tainted => Err(unusable(format!("version {} is tainted", version.number)).into()),
            KeyState::Destroyed => Err(unusable(format!("version {} is destroyed", version.number)).into()),
        }
    }

    pub(super) fn open_version(&self, key: &Key, number: u64) -> Result<KeyMaterial> {
        let wrong = || Error::Tampered { path: key_path(&key.name), reason: Tampering::WrappedKey(number) };
        let version = key.version(number).ok_or_else(|| VaultKeyError::Unusable {
            key: key.name.clone(),
            reason: format!("it has no version {number}"),
        })?;
        let identity = self.credentials()?.identity();
        let payload = unwrap(&version.wrapped, identity).map_err(|error| match error {
            WrapError::NotARecipient => Error::NotAReader { key: key.name.clone(), readers: key.readers.clone() },
            _ => wrong(),
        })?;
        let material =
            open_payload(&payload, &self.id.to_string(), &self.id.0, &key.id.0, number).map_err(|_| wrong())?;
        if material.matches(&version.check) { Ok(material) } else { Err(wrong()) }
    }
}
