//! Values under another key or key version: where names were mapped anew, and after a rotation that is not lazy.
//!
//! A value that somebody could open who cannot open it any more is marked as exposed until it is replaced.

use super::bulk::At;
use super::document::{AnyDocument, Document};
use super::error::{Error, Result};
use super::key_write::NewKey;
use super::value::Place;
use super::vault::Vault;
use crate::crypto::recipient::RecipientPolicy;
use crate::crypto::value::is_age1;
use crate::model::id::KeyId;
use crate::model::key::{Codec, Key, KeyState};
use crate::model::name::KeyName;
use crate::model::parameter::{Content, Parameter, ParameterType};
use crate::model::secret::{Secret, Stage};
use crate::model::time::Timestamp;
use crate::model::trust::{KeyRule, Kind, Scope, Trust};
use crate::model::value::SecretValue;

/// Which values are sealed again.
#[derive(Clone, Copy)]
enum Which<'a> {
    /// All versions under a key that does not govern the name.
    Misplaced,
    /// Current ones under an older version of this key.
    Outdated(&'a KeyName),
    /// Those that somebody left who cannot read, where the key's codec is another one.
    Contributed,
}

impl Vault<'_> {
    /// Makes a key. What lies below its scopes is sealed under it. Returns how many documents were.
    pub fn create_key(
        &mut self,
        new: &NewKey,
        policy: &RecipientPolicy,
        now: Timestamp,
        progress: &mut dyn FnMut(usize),
    ) -> Result<usize> {
        let _lock = self.lock_as_admin()?;
        // Its id is drawn later; what it will govern is known now.
        let placeholder = KeyRule { name: new.name.clone(), id: KeyId([0; 16]), floor: 1, scopes: new.scopes.clone() };
        let moved = self.misplaced(&self.trust.with_key(placeholder)?)?;
        let rule = self.write_new_key(new, policy, now)?;
        let next = self.trust.with_key(rule)?;
        self.succeed(next, now)?;
        self.reseal(&moved, Which::Misplaced, now, progress)
    }

    /// Lets a key govern scopes, and seals what lies below under it, with all versions. Returns how many documents were.
    pub fn map_key(
        &mut self,
        name: &KeyName,
        scopes: &[Scope],
        now: Timestamp,
        progress: &mut dyn FnMut(usize),
    ) -> Result<usize> {
        let _lock = self.lock_as_admin()?;
        self.require_opened(name)?;
        let next = self.trust.with_scopes(name, scopes)?;
        let moved = self.misplaced(&next)?;
        self.succeed(next, now)?;
        self.reseal(&moved, Which::Misplaced, now, progress)
    }

    /// Seals the current values of a key under its current version. Returns how many documents were.
    pub fn reencrypt(&self, name: &KeyName, now: Timestamp, progress: &mut dyn FnMut(usize)) -> Result<usize> {
        let _lock = self.lock_as_admin()?;
        self.require_opened(name)?;
        let named = format!("\"{name}\"");
        let documents = self.documents_where(|raw| contains(raw, named.as_bytes()))?;
        self.require_writer_of(&documents)?;
        self.reseal(&documents, Which::Outdated(name), now, progress)
    }

    /// The documents with a value under a key that would not govern them under `trust`. Every key on the way is opened, so
    /// that nothing fails halfway.
    fn misplaced(&self, trust: &Trust) -> Result<Vec<At>> {
        let mut moved = Vec::new();
        let sealed_ones = self.documents_where(|raw| contains(raw, b"key_version:"))?;
        self.each_document(&sealed_ones, |at, document| {
            let Some(document) = document? else { return Ok(()) };
            let governing = trust.key_for(at.kind, document.name()).map(|rule| rule.name.clone());
            let governing = governing.ok_or_else(|| Error::NoKeyFor(document.name().to_owned()))?;
            let elsewhere: Vec<_> = sealed(&document).into_iter().filter(|(key, _)| *key != governing).collect();
            if elsewhere.is_empty() {
                return Ok(());
            }
            self.require_writer(at.kind, document.name())?;
            for (key, version) in elsewhere {
                self.key_material(&key, version)?;
            }
            if self.trust.key(&governing).is_some() {
                self.require_opened(&governing)?;
            }
            moved.push(at.clone());
            Ok(())
        })?;
        Ok(moved)
    }

    /// Seals what contributors left who cannot read as the key's codec has it, if this member can read it.
    pub(super) fn settle_parameter(&self, parameter: &mut Parameter) -> Result<()> {
        self.reseal_parameter(parameter, Which::Contributed).map(drop)
    }

    /// The same for a secret.
    pub(super) fn settle_secret(&self, secret: &mut Secret) -> Result<()> {
        self.reseal_secret(secret, Which::Contributed).map(drop)
    }

    fn reseal(
        &self,
        documents: &[At],
        which: Which<'_>,
        now: Timestamp,
        progress: &mut dyn FnMut(usize),
    ) -> Result<usize> {
        let rule = |document: &mut AnyDocument| match document {
            AnyDocument::Parameter(parameter) => self.reseal_parameter(parameter, which),
            AnyDocument::Secret(secret) => self.reseal_secret(secret, which),
            AnyDocument::Key(_) => Ok(false),
        };
        self.rewrite(documents, now, rule, progress)
    }

    fn reseal_parameter(&self, parameter: &mut Parameter, which: Which<'_>) -> Result<bool> {
        let (id, name) = (parameter.id, parameter.name.clone());
        let latest = parameter.latest().map(|version| version.number);
        let mut changed = false;
        for at in 0..parameter.versions.len() {
            let version = &parameter.versions[at];
            let Content::Sealed { key, key_version, text } = &version.content else { continue };
            let is_current = Some(version.number) == latest;
            let from = From { key, number: *key_version, text };
            let Some(target) = self.target(Kind::Parameter, name.as_str(), from, is_current, which)? else { continue };
            let Some(value) = opened(self.reveal(parameter, version), which)? else { continue };
            let exposed = version.exposed || self.exposes(key, *key_version, &target.0)?;
            let value_type = ParameterType::SecureString.as_str();
            let place = Place { kind: Kind::Parameter, id, name: name.as_str(), uid: version.uid, value_type };
            let text = self.seal_value(&place, &target.0, target.1, &value)?;
            let version = &mut parameter.versions[at];
            version.content = Content::Sealed { key: target.0, key_version: target.1, text };
            version.exposed = exposed;
            changed = true;
        }
        Ok(changed)
    }

    fn reseal_secret(&self, secret: &mut Secret, which: Which<'_>) -> Result<bool> {
        let current = secret.staged(&Stage::current()).map(|version| version.uid);
        let mut changed = false;
        for at in 0..secret.versions.len() {
            let version = &secret.versions[at];
            let Some(sealed) = &version.content else { continue };
            let from = From { key: &sealed.key, number: sealed.key_version, text: &sealed.text };
            let is_current = Some(version.uid) == current;
            let Some(target) = self.target(Kind::Secret, secret.name.as_str(), from, is_current, which)? else {
                continue;
            };
            let Some(value) = opened(self.reveal_secret(secret, version), which)? else { continue };
            let exposed = version.exposed || self.exposes(&sealed.key, sealed.key_version, &target.0)?;
            let resealed = self.seal_secret(secret, version.uid, sealed.binary, &value)?;
            let version = &mut secret.versions[at];
            (version.content, version.exposed) = (Some(resealed), exposed);
            changed = true;
        }
        Ok(changed)
    }

    /// The key and version that a value moves to; nothing if it stays.
    fn target(
        &self,
        kind: Kind,
        name: &str,
        From { key, number, text }: From<'_>,
        is_current: bool,
        which: Which<'_>,
    ) -> Result<Option<(KeyName, u64)>> {
        if let Which::Contributed = which {
            let is_left = is_age1(text) && self.key(key)?.codec == Codec::Xc1;
            // A key that takes no new values leaves them as they are.
            let target = if is_left { self.sealing_key(kind, name, None).ok() } else { None };
            return Ok(target.filter(|target| target.0 == *key && target.1 == number));
        }
        let target = self.sealing_key(kind, name, None)?;
        let moves = match which {
            Which::Misplaced => target.0 != *key,
            Which::Outdated(only) => is_current && key == only && target.0 == *key && target.1 != number,
            Which::Contributed => false,
        };
        Ok(moves.then_some(target))
    }

    /// Whether moving a value from a key version to a key leaves somebody behind who could read it.
    fn exposes(&self, from: &KeyName, number: u64, to: &KeyName) -> Result<bool> {
        let (from, to) = (self.key(from)?, self.key(to)?);
        Ok(is_tainted(&from, number) || from.readers.iter().any(|reader| !to.readers.contains(reader)))
    }
}

/// Where a value is sealed, and as what.
struct From<'a> {
    key: &'a KeyName,
    number: u64,
    text: &'a str,
}

/// An opened value. What is only settled on the way stays as it is where it does not open.
fn opened(value: Result<SecretValue>, which: Which<'_>) -> Result<Option<SecretValue>> {
    match (value, which) {
        (Err(Error::NotAReader { .. } | Error::Unopened { .. }), Which::Contributed) => Ok(None),
        (value, _) => value.map(Some),
    }
}

/// Whether a version of a key is tainted.
pub(super) fn is_tainted(key: &Key, number: u64) -> bool {
    key.version(number).is_some_and(|version| version.state == KeyState::Tainted)
}

/// Key and version of every sealed value in a document.
fn sealed(document: &AnyDocument) -> Vec<(KeyName, u64)> {
    match document {
        AnyDocument::Key(_) => Vec::new(),
        AnyDocument::Parameter(parameter) => {
            let contents = parameter.versions.iter().map(|version| &version.content);
            let places = contents.filter_map(|content| match content {
                Content::Sealed { key, key_version, .. } => Some((key.clone(), *key_version)),
                Content::Plain { .. } => None,
            });
            places.collect()
        }
        AnyDocument::Secret(secret) => {
            let contents = secret.versions.iter().filter_map(|version| version.content.as_ref());
            contents.map(|sealed| (sealed.key.clone(), sealed.key_version)).collect()
        }
    }
}

pub(super) fn contains(raw: &[u8], text: &[u8]) -> bool {
    raw.windows(text.len()).any(|window| window == text)
}
