//! Values under another key or key version: after names were mapped to another key, and after a rotation that is not
//! lazy.
//!
//! A value that a former reader could open is marked as exposed until it is replaced.

use super::bulk::At;
use super::document::{AnyDocument, Document, with_values};
use super::error::{Error, Result};
use super::key_error::VaultKeyError;
use super::key_write::NewKey;
use super::keys::require_enabled;
use super::value::Place;
use super::valued::{Valuable, Valued};
use super::vault::Vault;
use super::writing::Writing;
use crate::crypto::recipient::RecipientPolicy;
use crate::crypto::value::is_age1;
use crate::format::probe;
use crate::model::id::KeyId;
use crate::model::key::Codec;
use crate::model::name::KeyName;
use crate::model::sealed::{KeyVersionId, Sealed};
use crate::model::time::Timestamp;
use crate::model::trust::{Kind, Scope, Trust};
use crate::model::value::SecretValue;

/// Which values are re-encrypted.
#[derive(Clone, Copy)]
enum Which<'a> {
    /// All versions under a key that does not govern the name.
    Misplaced,
    /// Current ones under an older version of this key.
    Outdated(&'a KeyName),
    /// Those written by contributors who cannot read, if the key's codec is a different one.
    Contributed,
}

impl Vault<'_> {
    /// Creates a key. Values in its scopes are re-encrypted under it. Returns the number of documents.
    pub(crate) fn create_key(
        &self,
        new: &NewKey,
        policy: &RecipientPolicy,
        now: Timestamp,
        progress: &mut dyn FnMut(usize),
    ) -> Result<usize> {
        let mut writing = self.administering(policy, now)?;
        // Its id is generated later; what it will govern is known now.
        let moved = self.misplaced(&self.trust().with_key(new.key(KeyId([0; 16])))?)?;
        let key = writing.write_new_key(new)?;
        let next = self.trust().with_key(key)?;
        writing.append_snapshot(next)?;
        writing.reseal(&moved, Which::Misplaced, progress)
    }

    /// Adds scopes to a key, and re-encrypts the values in them, in all versions. Returns the number of documents.
    pub(crate) fn map_key(
        &self,
        name: &KeyName,
        scopes: &[Scope],
        now: Timestamp,
        progress: &mut dyn FnMut(usize),
    ) -> Result<usize> {
        let mut writing = self.administering_without_wraps(now)?;
        self.require_opened(name)?;
        require_enabled(&*self.key(name)?)?;
        let next = self.trust().with_scopes(name, scopes)?;
        let moved = self.misplaced(&next)?;
        writing.append_snapshot(next)?;
        writing.reseal(&moved, Which::Misplaced, progress)
    }

    /// Re-encrypts the current values of a key under its current version. Returns the number of documents.
    pub(crate) fn reencrypt(&self, name: &KeyName, now: Timestamp, progress: &mut dyn FnMut(usize)) -> Result<usize> {
        let mut writing = self.administering_without_wraps(now)?;
        self.require_opened(name)?;
        let documents = self.documents_where(|raw| probe::may_use_key(raw, name))?.whole()?;
        self.require_writer_of(&documents)?;
        writing.reseal(&documents, Which::Outdated(name), progress)
    }

    /// The documents with a value under a key that would not govern them under `trust`. Every key on the way is opened, so
    /// that nothing fails halfway.
    fn misplaced(&self, trust: &Trust) -> Result<Vec<At>> {
        let mut moved = Vec::new();
        let sealed_ones = self.documents_where(probe::may_have_sealed)?.whole()?;
        self.each_document(&sealed_ones, |at, document| {
            let Some(document) = document? else { return Ok(()) };
            let governing = trust.key_for(at.kind, document.name()).map(|rule| rule.name.clone());
            let governing = governing.ok_or_else(|| VaultKeyError::NoneFor(document.name().to_owned()))?;
            let elsewhere = sealing_keys(&document).into_iter().filter(|key| key.name != governing).collect::<Vec<_>>();
            if elsewhere.is_empty() {
                return Ok(());
            }
            self.require_writer(at.kind, document.name())?;
            for key in elsewhere {
                require_enabled(&*self.key(&key.name)?)?;
                self.key_material(&key.name, key.number)?;
            }
            if self.trust().key(&governing).is_some() {
                self.require_opened(&governing)?;
            }
            moved.push(at.clone());
            Ok(())
        })?;
        Ok(moved)
    }

    /// Re-encrypts the values of contributors with the key's codec, if this member can read them.
    pub(super) fn normalize<D: Valued>(&self, document: &mut D) -> Result<()> {
        self.reseal_document(document, Which::Contributed).map(drop)
    }

    fn reseal_document<D: Valued>(&self, document: &mut D, which: Which<'_>) -> Result<bool> {
        let current = document.current().map(Valuable::uid);
        let mut changed = false;
        for at in 0..document.versions().len() {
            let version = &document.versions()[at];
            let Some(sealed) = version.sealed() else { continue };
            let is_current = Some(version.uid()) == current;
            let Some(target) = self.target(D::KIND, document.name(), sealed, is_current, which)? else { continue };
            let Some(value) = opened(self.reveal(document, version), which)? else { continue };
            let exposed = version.is_marked_exposed() || self.exposes(&sealed.key, &target.name)?;
            let place = Place::of(document, version.uid(), sealed.value_type);
            let resealed = self.seal_under(&place, target, &value)?;
            document.versions_mut()[at].replace(resealed, exposed);
            changed = true;
        }
        Ok(changed)
    }

    /// The key and version that a value moves to; `None` if it stays.
    fn target(
        &self,
        kind: Kind,
        name: &str,
        Sealed { key, text, .. }: &Sealed,
        is_current: bool,
        which: Which<'_>,
    ) -> Result<Option<KeyVersionId>> {
        if let Which::Contributed = which {
            let is_left = is_age1(text) && self.key(&key.name)?.codec == Codec::Xc1;
            // A key that cannot encrypt new values leaves them unchanged.
            let target = if is_left { self.sealing_key(kind, name, None).ok() } else { None };
            return Ok(target.filter(|target| target == key));
        }
        let target = self.sealing_key(kind, name, None)?;
        let moves = match which {
            Which::Misplaced => target.name != key.name,
            Which::Outdated(only) => is_current && key.name == *only && target.name == key.name && target != *key,
            Which::Contributed => false,
        };
        Ok(moves.then_some(target))
    }

    /// Whether somebody could read a value under a key version but cannot under the new key.
    fn exposes(&self, from: &KeyVersionId, to: &KeyName) -> Result<bool> {
        let (key, to) = (self.key(&from.name)?, self.key(to)?);
        Ok(self.is_tainted(from)? || key.readers.iter().any(|reader| !to.readers.contains(reader)))
    }
}

impl Writing<'_, '_> {
    fn reseal(&mut self, documents: &[At], which: Which<'_>, progress: &mut dyn FnMut(usize)) -> Result<usize> {
        let rule = |vault: &Vault<'_>, document: &mut AnyDocument| with_values!(document, it => vault.reseal_document(&mut **it, which), else Ok(false));
        self.rewrite(documents, rule, progress)
    }
}

/// An opened value. A value that is only normalized on the way is left unchanged if it cannot be opened.
fn opened(value: Result<SecretValue>, which: Which<'_>) -> Result<Option<SecretValue>> {
    match (value, which) {
        (Err(Error::NotAReader { .. } | Error::Unopened { .. }), Which::Contributed) => Ok(None),
        (value, _) => value.map(Some),
    }
}

/// The key version of every sealed value in a document.
pub(super) fn sealing_keys(document: &AnyDocument) -> Vec<KeyVersionId> {
    fn of<D: Valued>(document: &D) -> Vec<KeyVersionId> {
        document.versions().iter().filter_map(|version| Some(version.sealed()?.key.clone())).collect()
    }
    with_values!(document, it => of(&**it), else Vec::new())
}
