//! Documents with values: parameters, secrets and credentials, and what their versions have in common.

use std::fmt;

use super::document::{AnyDocument, Document};
use super::error::{Error, Result};
use crate::format::path::{
    CREDENTIALS, Decoded, PARAMETERS, PathTooLong, SECRETS, credential_path, decode_credential, decode_parameter,
    decode_secret, parameter_path, secret_path,
};
use crate::format::probe;
use crate::model::credential::{AccessKeyId, Credential, CredentialVersion};
use crate::model::id::Uid;
use crate::model::name::{ParameterName, SecretName};
use crate::model::parameter::{Content, Parameter, Version};
use crate::model::period::Period;
use crate::model::sealed::Sealed;
use crate::model::secret::{Secret, SecretVersion, Stage, VersionId};
use crate::model::time::Timestamp;
use crate::model::trust::Kind;

/// A document whose versions have values.
pub(crate) trait Valued: Document {
    /// The type of its name.
    type Name: fmt::Display + AsRef<str> + Clone + Ord;
    /// One of its versions.
    type Version: Valuable;
    /// Which of the kinds it is.
    const KIND: Kind;
    /// The directory of all documents of its kind.
    const DIRECTORY: &'static str;

    /// The document, if it is of this kind.
    fn of(document: AnyDocument) -> Option<Self>;

    /// Where the document of a name belongs.
    fn path_of(name: &Self::Name) -> std::result::Result<String, PathTooLong>;

    /// The name of the document at a path, if the path states it.
    fn decode(path: &str) -> Decoded<Self::Name>;

    /// The other spelling of a name that has two.
    fn twin(_: &Self::Name) -> Option<Self::Name> {
        None
    }

    /// Its name.
    fn full_name(&self) -> &Self::Name;

    /// When it expired, if it has.
    fn expired(&self, _: Timestamp) -> Option<Timestamp> {
        None
    }

    /// Whether it can be read and changed: not a tombstone, not expired.
    fn lives(&self, now: Timestamp) -> bool {
        !self.is_deleted() && self.expired(now).is_none()
    }

    /// Refuses what must not be stored, or not in the place of what was there before.
    fn check_storable(&self, before: Option<&Self>, now: Timestamp) -> Result<()>;

    /// Whether unverified bytes may be those of a document that is ever due.
    fn may_be_due(raw: &[u8]) -> bool;

    /// Whether it is due to be deleted. `grace` is how long an expired parameter is kept.
    fn is_due(&self, grace: Period, now: Timestamp) -> bool;

    /// Leaves a tombstone.
    fn delete(&mut self);

    /// Its versions, the oldest first.
    fn versions(&self) -> &[Self::Version];

    /// The same, to be changed.
    fn versions_mut(&mut self) -> &mut [Self::Version];

    /// The version that is read by default.
    fn current(&self) -> Option<&Self::Version>;
}

/// A version with a value.
pub(crate) trait Valuable {
    /// Its unique id, bound into its value.
    fn uid(&self) -> Uid;

    /// Its value, as the document keeps it.
    fn kept(&self) -> Kept<'_>;

    /// Replaces its value with another sealed value.
    fn replace(&mut self, sealed: Sealed, exposed: bool);

    /// Whether its value came from a tainted key version without being changed.
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
pub(crate) enum Kept<'a> {
    /// Authenticated, not encrypted.
    Plain(&'a str),
    /// Encrypted.
    Sealed(&'a Sealed),
    /// Missing: a rotation has not created it yet.
    Nothing(VersionId),
}

/// The parts that are the same for all kinds of documents.
macro_rules! facts {
    () => {
        fn full_name(&self) -> &Self::Name {
            &self.name
        }

        fn versions(&self) -> &[Self::Version] {
            &self.versions
        }

        fn versions_mut(&mut self) -> &mut [Self::Version] {
            &mut self.versions
        }
    };
}

impl Valued for Parameter {
    type Name = ParameterName;
    type Version = Version;
    const KIND: Kind = Kind::Parameter;
    const DIRECTORY: &'static str = PARAMETERS;

    fn of(document: AnyDocument) -> Option<Self> {
        if let AnyDocument::Parameter(parameter) = document { Some(*parameter) } else { None }
    }

    fn path_of(name: &ParameterName) -> std::result::Result<String, PathTooLong> {
        parameter_path(name)
    }

    fn decode(path: &str) -> Decoded<ParameterName> {
        decode_parameter(path)
    }

    fn twin(name: &ParameterName) -> Option<ParameterName> {
        name.twin()
    }

    fn expired(&self, now: Timestamp) -> Option<Timestamp> {
        Parameter::expired(self, now)
    }

    fn check_storable(&self, before: Option<&Self>, now: Timestamp) -> Result<()> {
        let newest = |parameter: &Self| parameter.latest().map(|latest| latest.uid);
        if before.is_some_and(|before| newest(before) == newest(self)) {
            return Ok(());
        }
        self.check_expiration(now).map_err(|error| Error::Parameter { name: self.name.to_string(), error })
    }

    fn may_be_due(raw: &[u8]) -> bool {
        probe::may_expire(raw)
    }

    fn is_due(&self, grace: Period, now: Timestamp) -> bool {
        self.purgeable(grace, now).is_some_and(|at| at <= now)
    }

    fn delete(&mut self) {
        Parameter::delete(self);
    }

    facts!();

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
    const DIRECTORY: &'static str = SECRETS;

    fn of(document: AnyDocument) -> Option<Self> {
        if let AnyDocument::Secret(secret) = document { Some(*secret) } else { None }
    }

    fn path_of(name: &SecretName) -> std::result::Result<String, PathTooLong> {
        secret_path(name)
    }

    fn decode(path: &str) -> Decoded<SecretName> {
        decode_secret(path)
    }

    fn check_storable(&self, before: Option<&Self>, _: Timestamp) -> Result<()> {
        let replaced = before.map_or(Ok(()), Secret::require_primary);
        replaced.map_err(|error| Error::Secret { name: self.name.to_string(), error })
    }

    fn may_be_due(raw: &[u8]) -> bool {
        probe::may_be_marked_for_deletion(raw)
    }

    fn is_due(&self, _: Period, now: Timestamp) -> bool {
        self.purge_due(now)
    }

    fn delete(&mut self) {
        Secret::delete(self);
    }

    facts!();

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

impl Valued for Credential {
    type Name = AccessKeyId;
    type Version = CredentialVersion;
    const KIND: Kind = Kind::Credential;
    const DIRECTORY: &'static str = CREDENTIALS;

    fn of(document: AnyDocument) -> Option<Self> {
        if let AnyDocument::Credential(credential) = document { Some(*credential) } else { None }
    }

    fn path_of(name: &AccessKeyId) -> std::result::Result<String, PathTooLong> {
        Ok(credential_path(name))
    }

    fn decode(path: &str) -> Decoded<AccessKeyId> {
        decode_credential(path)
    }

    fn check_storable(&self, _: Option<&Self>, _: Timestamp) -> Result<()> {
        Ok(())
    }

    fn may_be_due(_: &[u8]) -> bool {
        false
    }

    fn is_due(&self, _: Period, _: Timestamp) -> bool {
        false
    }

    fn delete(&mut self) {
        self.revoke();
    }

    facts!();

    fn current(&self) -> Option<&CredentialVersion> {
        self.versions.first()
    }
}

impl Valuable for CredentialVersion {
    fn uid(&self) -> Uid {
        self.uid
    }

    fn kept(&self) -> Kept<'_> {
        Kept::Sealed(&self.content)
    }

    fn replace(&mut self, sealed: Sealed, exposed: bool) {
        (self.content, self.exposed) = (sealed, exposed);
    }

    fn is_marked_exposed(&self) -> bool {
        self.exposed
    }

    fn id_text(&self) -> String {
        self.uid.to_string()
    }

    fn labels(&self) -> Vec<String> {
        Vec::new()
    }
}
