//! References to values: the value, and the exact version that it came from.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::error::{Error, Result};
use super::valued::{Valuable, Valued};
use super::vault::Vault;
use crate::model::name::SecretName;
use crate::model::parameter::{ParameterError, ParameterRef, ParameterType, Selector};
use crate::model::reference::{Pick, Reference, SecretRef};
use crate::model::secret::{Secret, SecretError, Stage, json};
use crate::model::time::Timestamp;
use crate::model::trust::Kind;
use crate::model::value::SecretValue;

/// The result of a reference.
pub(crate) struct Resolved {
    /// The value.
    pub value: SecretValue,
    /// Where it came from.
    pub origin: Origin,
}

/// Where exactly a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Parameter or secret.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Number or id of the version.
    pub version: String,
    /// What chose the version: `latest`, `version 3`, `label live`, `stage AWSCURRENT`.
    pub selected_by: String,
}

impl Origin {
    fn of<D: Valued>(document: &D, version: &D::Version, selected_by: String) -> Self {
        Origin { kind: D::KIND, name: document.name().to_owned(), version: version.id_text(), selected_by }
    }
}

/// Resolves the references of one command. Each secret is read once: if a rotation ends meanwhile, a user name and a password
/// are still of the same version.
pub(crate) struct Resolver<'v> {
    vault: &'v Vault<'v>,
    secrets: RefCell<BTreeMap<SecretName, Rc<Secret>>>,
}

impl Resolver<'_> {
    /// The value that a reference names. Reads one document.
    pub(crate) fn resolve(&self, reference: &Reference, now: Timestamp) -> Result<Resolved> {
        match reference {
            Reference::Parameter { target, must_be_secure } => {
                self.vault.resolve_parameter(target, *must_be_secure, now)
            }
            Reference::Secret(wanted) => self.vault.resolve_secret(&*self.secret(wanted)?, wanted),
        }
    }

    /// The secret that a reference names, as it was when it was first asked for.
    pub(crate) fn secret(&self, wanted: &SecretRef) -> Result<Rc<Secret>> {
        if let Some(known) = self.secrets.borrow().get(&wanted.name) {
            return Ok(Rc::clone(known));
        }
        let secret = Rc::new(self.vault.referenced_secret(wanted)?);
        self.secrets.borrow_mut().insert(wanted.name.clone(), Rc::clone(&secret));
        Ok(secret)
    }
}

impl Vault<'_> {
    /// Resolves references, all from the same state of each secret.
    pub(crate) fn resolver(&self) -> Resolver<'_> {
        Resolver { vault: self, secrets: RefCell::default() }
    }

    /// What a reference names, from a secret that was already read.
    pub(crate) fn resolve_secret(&self, secret: &Secret, wanted: &SecretRef) -> Result<Resolved> {
        let rule = |error: SecretError| Error::Secret { name: secret.name.to_string(), error };
        let (prefix, stage) = match &wanted.pick {
            Pick::Version(prefix) => (Some(prefix), None),
            Pick::Stage(stage) => (None, Some(stage)),
            Pick::Current => (None, None),
        };
        let version = secret.pick(prefix, stage).map_err(rule)?;
        let whole = self.reveal(secret, version)?;
        let value = match &wanted.json_key {
            None => whole,
            Some(key) => json::member(&whole, key).map_err(rule)?,
        };
        let selected_by = match &wanted.pick {
            Pick::Version(_) => "version id".to_owned(),
            Pick::Stage(stage) => format!("stage {stage}"),
            Pick::Current => format!("stage {}", Stage::current()),
        };
        Ok(Resolved { value, origin: Origin::of(secret, version, selected_by) })
    }

    /// The secret that a reference names: for an ARN also without the random characters at its end.
    pub(crate) fn referenced_secret(&self, wanted: &SecretRef) -> Result<Secret> {
        self.live_secret(self.referenced_name(wanted)?)
    }

    /// Its name.
    pub(crate) fn referenced_name<'a>(&self, wanted: &'a SecretRef) -> Result<&'a SecretName> {
        let exists = |name: &SecretName| self.find::<Secret>(name).map(|secret| secret.is_some());
        match &wanted.without_suffix {
            Some(bare) if !exists(&wanted.name)? && exists(bare)? => Ok(bare),
            _ => Ok(&wanted.name),
        }
    }

    fn resolve_parameter(&self, target: &ParameterRef, must_be_secure: bool, now: Timestamp) -> Result<Resolved> {
        let parameter = self.parameter(&target.name, now)?;
        let rule = |error: ParameterError| Error::Parameter { name: parameter.name.to_string(), error };
        let version = parameter.select(&target.selector).map_err(rule)?;
        if must_be_secure && version.parameter_type() != ParameterType::SecureString {
            return Err(Error::NotSecure { name: parameter.name.to_string() });
        }
        let selected_by = match &target.selector {
            Selector::Latest => "latest".to_owned(),
            Selector::Version(number) => format!("version {number}"),
            Selector::Label(label) => format!("label {label}"),
        };
        let origin = Origin::of(&parameter, version, selected_by);
        Ok(Resolved { value: self.reveal(&parameter, version)?, origin })
    }
}
