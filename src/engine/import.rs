//! Many parameters and secrets at once, each with all versions that a source has of it: planned, then written together.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{AnyDocument, with_values};
use super::error::Result;
use super::exposure::holds;
use super::loaded::Loaded;
use super::parameters::{Put, random_doc_id};
use super::secrets::{NewValue, broken};
use super::valued::{Valuable, Valued};
use super::vault::Vault;
use crate::model::name::{KeyName, ParameterName, SecretName};
use crate::model::parameter::{Overwrite, Parameter};
use crate::model::secret::{Secret, SecretError, Stage, VersionId};
use crate::model::time::Timestamp;

/// A parameter or a secret to be imported.
pub(crate) enum Import {
    /// The versions of one parameter, all of one name, the oldest first. Tags and numbers count for a creation only.
    Parameter(Vec<Put>),
    /// A secret.
    Secret(ImportedSecret),
}

/// A secret to be imported.
pub(crate) struct ImportedSecret {
    /// Where.
    pub name: SecretName,
    /// What it is for; if empty, that of a secret that exists stays.
    pub description: String,
    /// Tags; others of a secret that exists stay.
    pub tags: BTreeMap<String, String>,
    /// The oldest first.
    pub versions: Vec<ImportedVersion>,
    /// Whether a secret that exists gets more versions, this description and these tags.
    pub overwrite: Overwrite,
}

/// A version of such a secret.
pub(crate) struct ImportedVersion {
    /// Its id; a random one by default.
    pub id: Option<VersionId>,
    /// Its value.
    pub value: NewValue,
    /// Its stages. Where no version has AWSCURRENT, or none has an id and stages, the newest gets it.
    pub stages: BTreeSet<Stage>,
}

/// The result of an import.
#[derive(Debug)]
pub(crate) struct Imported {
    /// How many parameters and secrets were written.
    pub written: usize,
    /// The keys that their values are sealed under.
    pub keys: BTreeSet<KeyName>,
}

/// The plan of an import. Numbers are those of the last version; a secret's versions have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Planned {
    /// A new parameter or secret.
    Create(Option<u64>),
    /// New versions.
    Update(Option<u64>),
    /// Everything already exists.
    Unchanged,
}

/// A document with the import applied, and the existing one.
struct Changed {
    before: Option<Loaded<AnyDocument>>,
    planned: Planned,
    document: AnyDocument,
}

impl Vault<'_> {
    /// Performs all checks of the import without writing. Existing equal values are not a conflict.
    pub(crate) fn plan_import(&self, import: &Import, now: Timestamp) -> Result<Planned> {
        Ok(self.imported(import, now)?.map_or(Planned::Unchanged, |changed| changed.planned))
    }

    /// Writes what does not exist yet. Everything is checked and encrypted before the first document is written.
    /// `progress` is called with the number processed.
    pub(crate) fn import(
        &self,
        imports: &[Import],
        now: Timestamp,
        progress: &mut dyn FnMut(usize),
    ) -> Result<Imported> {
        let mut writing = self.writing(now)?;
        let (mut written, mut keys) = (0, BTreeSet::new());
        for (number, import) in imports.iter().enumerate() {
            if let Some(Changed { before, document, .. }) = self.imported(import, now)? {
                keys.extend(key_of(&document).cloned());
                writing.put(before.as_ref(), document)?;
                written += 1;
            }
            progress(number + 1);
        }
        writing.publish()?;
        Ok(Imported { written, keys })
    }

    /// Whether the vault contains what was imported: every value, compared in constant time. A value that cannot be
    /// read is an error, not a difference.
    pub(crate) fn holds(&self, import: &Import, now: Timestamp) -> Result<bool> {
        match import {
            Import::Parameter(puts) => {
                let Some(first) = puts.first() else { return Ok(true) };
                let Some(live) = self.find_parameter(&first.name, now)? else { return Ok(false) };
                if let Some(latest) = live.latest() {
                    self.reveal(&live, latest)?;
                }
                self.has_versions(&live, puts)
            }
            Import::Secret(new) => {
                let Some(live) = self.find::<Secret>(&new.name)? else { return Ok(false) };
                if let Some(current) = live.staged(&Stage::current()).filter(|current| current.content.is_some()) {
                    self.reveal(&live, current)?;
                }
                Ok(self.lacking(&live, new)?.is_empty())
            }
        }
    }

    /// The document with the import applied; `None` if it already contains it.
    fn imported(&self, import: &Import, now: Timestamp) -> Result<Option<Changed>> {
        match import {
            Import::Parameter(puts) => match puts.first() {
                Some(Put { name, .. }) => self.changed(name, now, |existing| self.with_puts(existing, name, puts, now)),
                None => Ok(None),
            },
            Import::Secret(new) => self.changed(&new.name, now, |existing| self.with_secret(existing, new, now)),
        }
    }

    /// What is at a name, and what `change` makes of it.
    fn changed<D: Valued>(
        &self,
        name: &D::Name,
        now: Timestamp,
        change: impl FnOnce(Option<&D>) -> Result<Option<D>>,
    ) -> Result<Option<Changed>> {
        self.require_writer(D::KIND, name.as_ref())?;
        let loaded = self.load_named::<D>(name)?;
        let existing = loaded.as_ref().map(|loaded| &loaded.document);
        let Some(document) = change(existing)? else { return Ok(None) };
        document.check_storable(existing, now)?;
        let lives = existing.is_some_and(|existing| existing.lives(now));
        let document = document.into();
        let number = number_of(&document);
        let planned = if lives { Planned::Update(number) } else { Planned::Create(number) };
        Ok(Some(Changed { before: loaded.map(Loaded::into_any), planned, document }))
    }

    fn with_puts(
        &self,
        existing: Option<&Parameter>,
        name: &ParameterName,
        puts: &[Put],
        now: Timestamp,
    ) -> Result<Option<Parameter>> {
        let live = existing.filter(|parameter| parameter.lives(now));
        if let Some(live) = live
            && self.has_versions(live, puts)?
        {
            return Ok(None);
        }
        let name = existing.map_or(name, |existing| &existing.name);
        let mut parameter = live.cloned();
        for (place, put) in puts.iter().enumerate() {
            let mut request = put.request.clone();
            if live.is_some() {
                (request.tags, request.number) = (BTreeMap::new(), None);
            }
            if place > 0 {
                request.overwrite = Overwrite::Replace;
            }
            let exposed = self.holds_exposed(existing, &put.value)?;
            // Of versions that come together, only the last one decides whether they have expired.
            parameter = Some(self.with_version(parameter.as_ref(), name, &put.value, &request, exposed, now)?.0);
        }
        Ok(parameter)
    }

    /// Whether the newest versions have these values and labels.
    fn has_versions(&self, live: &Parameter, puts: &[Put]) -> Result<bool> {
        let Some(start) = live.versions.len().checked_sub(puts.len()) else { return Ok(false) };
        for (version, put) in live.versions[start..].iter().zip(puts) {
            let labelled = |label: &String| version.labels.iter().any(|has| has.as_str() == label);
            if !put.request.labels.iter().all(labelled) || !holds(self.reveal(live, version), &put.value)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn with_secret(&self, existing: Option<&Secret>, new: &ImportedSecret, now: Timestamp) -> Result<Option<Secret>> {
        let live = existing.filter(|secret| !secret.deleted);
        let refused = |error| broken(&new.name, error);
        let mut secret = match live {
            Some(live) => {
                live.require_live().map_err(refused)?;
                live.clone()
            }
            None => self.described(new, now)?,
        };
        let missing = self.lacking(&secret, new)?;
        match (live, new.overwrite) {
            (Some(_), Overwrite::Refuse) if missing.is_empty() => return Ok(None),
            (Some(_), Overwrite::Refuse) => return Err(refused(SecretError::AlreadyExists)),
            (Some(_), Overwrite::Replace) => new.describe(&mut secret).map_err(refused)?,
            (None, _) => {}
        }
        self.put_versions(&mut secret, &missing, now)?;
        Ok(Some(secret).filter(|secret| live != Some(secret)))
    }

    fn described(&self, new: &ImportedSecret, now: Timestamp) -> Result<Secret> {
        let mut secret = Secret::new(random_doc_id(), new.name.clone(), self.blank_head(now)?, now);
        new.describe(&mut secret).map_err(|error| broken(&new.name, error))?;
        Ok(secret)
    }

    /// The versions that a secret does not have: by their ids, or if the source has none, by the current value.
    fn lacking<'a>(&self, secret: &Secret, new: &'a ImportedSecret) -> Result<Vec<&'a ImportedVersion>> {
        let mut missing = Vec::new();
        for version in &new.versions {
            let present = match &version.id {
                Some(id) => secret.version(id),
                None => secret.staged(&Stage::current()),
            };
            let is_there = match present.filter(|present| present.content.is_some()) {
                Some(present) => holds(self.reveal(secret, present), &version.value.value)?,
                None => false,
            };
            if !is_there {
                missing.push(version);
            }
        }
        Ok(missing)
    }

    /// Puts versions with exactly their stages. The current one goes first, because the first version of a secret is current
    /// and a later one would move AWSPREVIOUS; it is then put in its place, which is the last.
    fn put_versions(&self, secret: &mut Secret, versions: &[&ImportedVersion], now: Timestamp) -> Result<()> {
        let current = Stage::current();
        let is_bare = versions.iter().all(|version| version.id.is_none() && version.stages.is_empty());
        let newest = versions.last().filter(|_| is_bare || secret.staged(&current).is_none());
        let first = versions.iter().find(|version| version.stages.contains(&current)).or(newest);
        let start = secret.versions.len();
        if let Some(version) = first {
            let stages = version.stages.iter().cloned().chain([current]).collect();
            self.store(secret, &version.value, version.id.as_ref(), Some(&stages), now)?;
        }
        for version in versions.iter().filter(|version| first.is_none_or(|first| !std::ptr::eq(**version, *first))) {
            self.store(secret, &version.value, version.id.as_ref(), Some(&version.stages), now)?;
        }
        if let Some(added) = secret.versions.get_mut(start..).filter(|added| first.is_some() && !added.is_empty()) {
            added.rotate_left(1);
        }
        Ok(())
    }
}

impl ImportedSecret {
    fn describe(&self, secret: &mut Secret) -> std::result::Result<(), SecretError> {
        if !self.description.is_empty() {
            secret.describe(&self.description)?;
        }
        secret.tag(&self.tags)
    }
}

/// The number of a parameter's newest version.
fn number_of(document: &AnyDocument) -> Option<u64> {
    match document {
        AnyDocument::Parameter(parameter) => parameter.latest().map(|version| version.number),
        _ => None,
    }
}

/// The key of the newest value.
fn key_of(document: &AnyDocument) -> Option<&KeyName> {
    with_values!(document, it => Some(&it.versions.last()?.sealed()?.key.name), else None)
}
