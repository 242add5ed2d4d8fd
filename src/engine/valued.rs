//! Documents that hold values: parameters and secrets, and what their versions have in common.

use std::fmt;

use super::document::Document;
use super::error::{Error, Result};
use super::loaded::Loaded;
use super::vault::Vault;
use crate::model::id::{DocId, Uid};
use crate::model::name::{ParameterName, SecretName};
use crate::model::parameter::{Content, Parameter, Version};
use crate::model::sealed::Sealed;
use crate::model::secret::{Secret, SecretVersion, Stage, VersionId};
use crate::model::time::Timestamp;
use crate::model::trust::Kind;

/// A document whose versions have values.
pub trait Valued: Document {
    /// What it is called by.
    type Name: fmt::Display + AsRef<str>;
    /// One of its versions.
    type Version: Valuable;
    /// Which of the two kinds it is.
    const KIND: Kind;

    /// The document of a name, verified; also a tombstone, and one that no longer lives.
    fn find(vault: &Vault<'_>, name: &Self::Name) -> Result<Option<Loaded<Self>>>;

    /// Why no document of that name lives.
    fn missing(vault: &Vault<'_>, name: &Self::Name, now: Timestamp) -> Error;

    /// Whether it can be read and changed: no tombstone, not expired.
    fn lives(&self, now: Timestamp) -> bool;

    /// Refuses what must not be stored.
    fn check_storable(&self, now: Timestamp) -> Result<()>;

    /// Its id, bound into every value.
    fn doc_id(&self) -> DocId;

    /// Its versions, the oldest first.
    fn versions(&self) -> &[Self::Version];

    /// The same, to be changed.
    fn versions_mut(&mut self) -> &mut [Self::Version];

    /// The version that is read where none is named.
    fn current(&self) -> Option<&Self::Version>;
}

/// A version with a value.
pub trait Valuable {
    /// Its unique id, bound into its value.
    fn uid(&self) -> Uid;

    /// Its value, as the document keeps it.
    fn kept(&self) -> Kept<'_>;

    /// Puts another sealed value in the place of its value.
    fn replace(&mut self, sealed: Sealed, exposed: bool);

    /// Whether its value came out of a tainted key version without being changed.
    fn is_marked_exposed(&self) -> bool;

    /// The number of a parameter's version, the id of a secret's.
    fn id_text(&self) -> String;

    /// Its labels or stages.
    fn labels(&self) -> Vec<String>;

    /// Its value, if it is sealed.
    fn sealed(&self) -> Option<&Sealed> {
        match self.kept() {
            Kept::Sealed(sealed) => Some(sealed),
            Kept::Plain(_) | Kept::Nothing(_) => None,
        }
    }
}

/// A value, as a document keeps it.
pub enum Kept<'a> {
    /// Authenticated, not encrypted.
    Plain(&'a str),
    /// Encrypted.
    Sealed(&'a Sealed),
    /// Not there yet: a rotation has yet to make it.
    Nothing(VersionId),
}

impl Valued for Parameter {
    type Name = ParameterName;
    type Version = Version;
    const KIND: Kind = Kind::Parameter;

    fn find(vault: &Vault<'_>, name: &ParameterName) -> Result<Option<Loaded<Self>>> {
        vault.load_parameter(name)
    }

    fn missing(vault: &Vault<'_>, name: &ParameterName, now: Timestamp) -> Error {
        vault.missing_parameter(name, now)
    }

    fn lives(&self, now: Timestamp) -> bool {
        Parameter::lives(self, now)
    }

    fn check_storable(&self, now: Timestamp) -> Result<()> {
        self.check_expiration(now).map_err(|error| Error::Parameter { name: self.name.to_string(), error })
    }

    fn doc_id(&self) -> DocId {
        self.id
    }

    fn versions(&self) -> &[Version] {
        &self.versions
    }

    fn versions_mut(&mut self) -> &mut [Version] {
        &mut self.versions
    }

    fn current(&self) -> Option<&Version> {
        self.latest()
    }
}

impl Valuable for Version {
    fn uid(&self) -> Uid {
        self.uid
    }

    fn kept(&self) -> Kept<'_> {
        match &self.content {
            Content::Plain { text, .. } => Kept::Plain(text),
            Content::Sealed(sealed) => Kept::Sealed(sealed),
        }
    }

    fn replace(&mut self, sealed: Sealed, exposed: bool) {
        (self.content, self.exposed) = (Content::Sealed(sealed), exposed);
    }

    fn is_marked_exposed(&self) -> bool {
        self.exposed
    }

    fn id_text(&self) -> String {
        self.number.to_string()
    }

    fn labels(&self) -> Vec<String> {
        self.labels.iter().map(ToString::to_string).collect()
    }
}

impl Valued for Secret {
    type Name = SecretName;
    type Version = SecretVersion;
    const KIND: Kind = Kind::Secret;

    fn find(vault: &Vault<'_>, name: &SecretName) -> Result<Option<Loaded<Self>>> {
        vault.load_secret(name)
    }

    fn missing(vault: &Vault<'_>, name: &SecretName, _: Timestamp) -> Error {
        vault.no_secret(name)
    }

    fn lives(&self, _: Timestamp) -> bool {
        !self.deleted
    }

    fn check_storable(&self, _: Timestamp) -> Result<()> {
        Ok(())
    }

    fn doc_id(&self) -> DocId {
        self.id
    }

    fn versions(&self) -> &[SecretVersion] {
        &self.versions
    }

    fn versions_mut(&mut self) -> &mut [SecretVersion] {
        &mut self.versions
    }

    fn current(&self) -> Option<&SecretVersion> {
        self.staged(&Stage::current())
    }
}

impl Valuable for SecretVersion {
    fn uid(&self) -> Uid {
        self.uid
    }

    fn kept(&self) -> Kept<'_> {
        self.content.as_ref().map_or_else(|| Kept::Nothing(self.id()), Kept::Sealed)
    }

    fn replace(&mut self, sealed: Sealed, exposed: bool) {
        (self.content, self.exposed) = (Some(sealed), exposed);
    }

    fn is_marked_exposed(&self) -> bool {
        self.exposed
    }

    fn id_text(&self) -> String {
        self.id().to_string()
    }

    fn labels(&self) -> Vec<String> {
        self.stages.iter().map(|stage| stage.as_str().to_owned()).collect()
    }
}
