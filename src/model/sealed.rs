//! A value as documents keep it encrypted, the same for parameters and secrets.

use std::fmt;

use super::name::KeyName;
use super::written::{UnknownWord, words};

/// An encrypted value.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// What the value is; bound into its ciphertext.
    pub value_type: ValueType,
    /// The version of a key that it is sealed under.
    pub key: KeyVersionId,
    /// `xc1:…` or `age1:…` (FORMAT.md, values).
    pub text: String,
}

/// One version of a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyVersionId {
    /// The key's name.
    pub name: KeyName,
    /// The version's number, from 1.
    pub number: u64,
}

words! {
    /// The types of values that are kept encrypted. The word is bound into the ciphertext.
    pub enum ValueType, UnknownWord {
        /// The value of a parameter.
        SecureString = "SecureString",
        /// The value of a secret: text.
        SecretString = "SecretString",
        /// The value of a secret: bytes.
        SecretBinary = "SecretBinary",
        /// The secret half of an access key.
        SecretAccessKey = "SecretAccessKey",
    }
}

impl ValueType {
    /// The type of a secret's value.
    pub(crate) fn of_secret(is_binary: bool) -> Self {
        if is_binary { ValueType::SecretBinary } else { ValueType::SecretString }
    }
}

impl Sealed {
    /// Whether the value is binary.
    pub(crate) fn is_binary(&self) -> bool {
        self.value_type == ValueType::SecretBinary
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(..)")
    }
}
