//! Documents with values: parameters, secrets and credentials, and what their versions have in common.

mod credential;
mod parameter;
mod secret;

use std::fmt;

use super::document::{AnyDocument, Document};
use super::error::Result;
use crate::format::path::{Decoded, PathTooLong};
use crate::model::id::Uid;
use crate::model::period::Period;
use crate::model::sealed::Sealed;
use crate::model::secret::VersionId;
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

    /// Whether it states that others than readers may have its value.
    fn is_open_to_others(&self) -> bool {
        false
    }

    /// Leaves a tombstone.
    fn delete(&mut self);

    /// Its versions, the oldest first.
    fn versions(&self) -> &[Self::Version];

    /// The same, to be changed.
    fn versions_mut(&mut self) -> &mut [Self::Version];

    /// The version that is read by default.
    fn current(&self) -> Option<&Self::Version>;

    /// The versions whose values are in use, the current one first.
    fn in_use(&self) -> Vec<&Self::Version> {
        self.current().into_iter().collect()
    }
}

/// A version with a value.
pub(crate) trait Valuable {
    /// Its unique id, bound into its value.
    fn uid(&self) -> Uid;

    /// Its value, as the document keeps it.
    fn kept(&self) -> StoredValue<'_>;

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
            StoredValue::Sealed(sealed) => Some(sealed),
            StoredValue::Plain(_) | StoredValue::Nothing(_) => None,
        }
    }
}

/// A value, as a document keeps it.
pub(crate) enum StoredValue<'a> {
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

use facts;
