//! Parcels: values in a file of their own, for somebody outside of the vault (FORMAT.md, a shared file).

use std::collections::BTreeMap;
use std::fmt;

use super::id::VaultId;
use super::name::{MemberName, ParameterName, SecretName};
use super::parameter::ParameterType;
use super::sealed::ValueType;
use super::time::Timestamp;
use super::value::SecretValue;

/// The content of a shared file.
#[derive(Debug)]
pub struct Parcel {
    /// The vault that it comes from.
    pub vault: VaultId,
    /// When it was made.
    pub created: Timestamp,
    /// When nothing is taken from it any more.
    pub expires: Timestamp,
    /// Who made it, by their name in that vault.
    pub by: MemberName,
    /// The Ed25519 public key that it is signed with.
    pub sign: [u8; 32],
    /// The values.
    pub items: Vec<ParcelItem>,
    /// Fields of later programs.
    pub extra: BTreeMap<String, String>,
}

/// One value.
pub struct ParcelItem {
    /// Whose it is there.
    pub name: ParcelName,
    /// The value.
    pub value: SecretValue,
}

/// The name of a value and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParcelName {
    /// A parameter.
    Parameter(ParameterName, ParameterType),
    /// A secret, and whether its value is binary.
    Secret(SecretName, bool),
}

impl ParcelName {
    /// The name.
    pub fn as_str(&self) -> &str {
        match self {
            ParcelName::Parameter(name, _) => name.as_str(),
            ParcelName::Secret(name, _) => name.as_str(),
        }
    }

    /// The word for the type of the value.
    pub fn type_word(&self) -> &'static str {
        match self {
            ParcelName::Parameter(_, kind) => kind.as_str(),
            ParcelName::Secret(_, is_binary) => ValueType::of_secret(*is_binary).as_str(),
        }
    }

    /// A name with the word for its type, if they fit.
    pub(crate) fn of(name: &str, type_word: &str) -> Option<Self> {
        match type_word.parse() {
            Ok(ValueType::SecretString) => Some(ParcelName::Secret(name.parse().ok()?, false)),
            Ok(ValueType::SecretBinary) => Some(ParcelName::Secret(name.parse().ok()?, true)),
            _ => Some(ParcelName::Parameter(name.parse().ok()?, type_word.parse().ok()?)),
        }
    }
}

impl Parcel {
    /// Whether nothing is taken from it any more.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires <= now
    }
}

impl fmt::Debug for ParcelItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ParcelItem({:?})", self.name)
    }
}

/// What is wrong with a shared file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParcelError {
    /// It opens, but not with this identity.
    #[error("it is encrypted for somebody else")]
    NotForYou,
    /// Not an age file.
    #[error("it is damaged, or not a file of `vault share`")]
    Damaged,
    /// Too late.
    #[error("it expired at {0}")]
    Expired(Timestamp),
    /// More than one value, and none was named.
    #[error("it has several values")]
    Several,
    /// No such value.
    #[error("it has no value `{0}`")]
    NotInIt(String),
    /// A recipient that it cannot be encrypted for.
    #[error("`{text}`: {why}")]
    Recipient {
        /// What was given.
        text: String,
        /// Why not.
        why: String,
    },
    /// Encrypting failed.
    #[error("it could not be encrypted: {0}")]
    NotSealed(String),
}
