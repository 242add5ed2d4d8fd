//! The current value of a document's state, and how two of them differ without revealing them.

use std::cell::LazyCell;

use subtle::ConstantTimeEq;

use crate::engine::{AnyDocument, Vault};
use crate::model::parameter::Content;
use crate::model::secret::Stage;
use crate::model::value::SecretValue;

/// The identity that opens values, if available. It is searched for once, at the first encrypted value.
pub(crate) struct Opener<'a> {
    vault: &'a Vault<'a>,
    has_identity: LazyCell<bool, Box<dyn FnOnce() -> bool + 'a>>,
}

/// The version that readers get by default.
pub(crate) struct Current {
    /// `v4`, or the id of a secret's version.
    pub(crate) version: String,
    /// `None` if this machine cannot open it.
    pub(crate) value: Option<SecretValue>,
}

impl<'a> Opener<'a> {
    pub(crate) fn of(vault: &'a Vault<'a>) -> Self {
        let look: Box<dyn FnOnce() -> bool + 'a> = Box::new(|| vault.whoami().is_ok());
        Opener { vault, has_identity: LazyCell::new(look) }
    }

    /// The current version; `None` for a tombstone, or if no version is current.
    pub(crate) fn current(&self, document: &AnyDocument) -> Option<Current> {
        match document {
            AnyDocument::Parameter(parameter) => {
                let latest = parameter.latest()?;
                let opens = matches!(latest.content, Content::Plain { .. }) || *self.has_identity;
                let value = opens.then(|| self.vault.reveal(&**parameter, latest).ok()).flatten();
                Some(Current { version: format!("v{}", latest.number), value })
            }
            AnyDocument::Secret(secret) => {
                let version = secret.staged(&Stage::current())?;
                let value = self.has_identity.then(|| self.vault.reveal(&**secret, version).ok()).flatten();
                Some(Current { version: version.id().to_string(), value })
            }
            AnyDocument::Key(_) | AnyDocument::Rule(_) | AnyDocument::Credential(_) | AnyDocument::Share(_) => None,
        }
    }
}

impl Current {
    /// How many characters the value has.
    pub(crate) fn length(&self) -> Option<usize> {
        self.value.as_ref().map(|value| String::from_utf8_lossy(value.reveal()).chars().count())
    }

    /// Whether both values are equal, if both are known.
    pub(crate) fn equals(&self, other: &Current) -> Option<bool> {
        let (one, other) = (self.value.as_ref()?, other.value.as_ref()?);
        Some(one.reveal().ct_eq(other.reveal()).into())
    }
}

/// `24 → 32 characters`, `the same value`; `None` if a value is not known.
pub(crate) fn difference(old: &Current, new: &Current) -> Option<String> {
    let (from, to) = (old.length()?, new.length()?);
    Some(if old.equals(new)? { "the same value".to_owned() } else { format!("{from} \u{2192} {to} characters") })
}
