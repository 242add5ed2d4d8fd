//! A document of any kind, where the kind is known only from its path.

use super::{Authored, Document, Parsed};
use crate::engine::error::Result;
use crate::format::layout::Place;
use crate::format::path::PathTooLong;
use crate::format::{FormatError, caps};
use crate::model::credential::Credential;
use crate::model::event::{Rule, Summary};
use crate::model::head::Head;
use crate::model::id::VaultId;
use crate::model::key::KeyDocument;
use crate::model::name::MemberName;
use crate::model::parameter::Parameter;
use crate::model::secret::Secret;
use crate::model::trust::{Kind, Trust};

/// A document of any kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnyDocument {
    /// A parameter, or its tombstone.
    Parameter(Box<Parameter>),
    /// A secret, or its tombstone.
    Secret(Box<Secret>),
    /// A key.
    Key(Box<KeyDocument>),
    /// A rule for events, or its tombstone.
    Rule(Box<Rule>),
    /// A credential for the server.
    Credential(Box<Credential>),
}

/// The same expression for each kind of document.
macro_rules! each {
    ($any:expr, $document:ident => $value:expr) => {
        match $any {
            AnyDocument::Parameter($document) => $value,
            AnyDocument::Secret($document) => $value,
            AnyDocument::Key($document) => $value,
            AnyDocument::Rule($document) => $value,
            AnyDocument::Credential($document) => $value,
        }
    };
}

/// The same expression for each kind of documents with values, and another one for the rest.
macro_rules! with_values {
    ($any:expr, $document:ident => $value:expr, else $other:expr) => {
        match $any {
            AnyDocument::Parameter($document) => $value,
            AnyDocument::Secret($document) => $value,
            AnyDocument::Credential($document) => $value,
            AnyDocument::Key(_) | AnyDocument::Rule(_) => $other,
        }
    };
}
pub(in crate::engine) use with_values;

impl Authored for AnyDocument {
    fn parse(path: &str, body: &[u8], vault: &VaultId) -> Parsed<Self> {
        match Place::of(path) {
            Place::Document(Kind::Parameter) => Parameter::parse(path, body, vault).map(Into::into),
            Place::Document(Kind::Secret) => Secret::parse(path, body, vault).map(Into::into),
            Place::Document(Kind::Credential) => Credential::parse(path, body, vault).map(Into::into),
            Place::Key(_) => KeyDocument::parse(path, body, vault).map(Into::into),
            Place::Rule(_) => Rule::parse(path, body, vault).map(Into::into),
            _ => Err(FormatError::NotADocument),
        }
    }

    fn author(&self) -> &MemberName {
        &self.head().by
    }
}

impl Document for AnyDocument {
    fn cap(path: &str) -> u64 {
        match Place::of(path) {
            Place::Key(_) | Place::Rule(_) | Place::Document(Kind::Credential) => caps::SMALL_DOCUMENT,
            _ => caps::DOCUMENT,
        }
    }

    fn emit(&self, vault: &VaultId) -> String {
        each!(self, document => document.emit(vault))
    }

    fn path(&self) -> std::result::Result<String, PathTooLong> {
        each!(self, document => document.path())
    }

    fn name(&self) -> &str {
        each!(self, document => document.name())
    }

    fn id(&self) -> [u8; 16] {
        each!(self, document => document.id())
    }

    fn head(&self) -> &Head {
        each!(self, document => document.head())
    }

    fn head_mut(&mut self) -> &mut Head {
        each!(self, document => document.head_mut())
    }

    fn drop_outdated(&mut self) {
        each!(self, document => document.drop_outdated());
    }

    fn is_deleted(&self) -> bool {
        each!(self, document => document.is_deleted())
    }

    fn summary(&self) -> Option<Summary> {
        each!(self, document => document.summary())
    }

    fn check(&self, path: &str, trust: &Trust) -> Result<()> {
        each!(self, document => document.check(path, trust))
    }

    fn check_floor(&self, trust: &Trust) -> Result<()> {
        each!(self, document => document.check_floor(trust))
    }
}

impl From<Parameter> for AnyDocument {
    fn from(parameter: Parameter) -> Self {
        AnyDocument::Parameter(Box::new(parameter))
    }
}

impl From<Secret> for AnyDocument {
    fn from(secret: Secret) -> Self {
        AnyDocument::Secret(Box::new(secret))
    }
}

impl From<KeyDocument> for AnyDocument {
    fn from(key: KeyDocument) -> Self {
        AnyDocument::Key(Box::new(key))
    }
}

impl From<Rule> for AnyDocument {
    fn from(rule: Rule) -> Self {
        AnyDocument::Rule(Box::new(rule))
    }
}

impl From<Credential> for AnyDocument {
    fn from(credential: Credential) -> Self {
        AnyDocument::Credential(Box::new(credential))
    }
}
