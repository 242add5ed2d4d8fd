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
use crate::model::share::Share;
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
    /// A share, or its tombstone.
    Share(Box<Share>),
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
            AnyDocument::Share($document) => $value,
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
            AnyDocument::Key(_) | AnyDocument::Rule(_) | AnyDocument::Share(_) => $other,
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
            Place::Share(_) => Share::parse(path, body, vault).map(Into::into),
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

macro_rules! from {
    ($($kind:ident($document:ty);)*) => {$(
        impl From<$document> for AnyDocument {
            fn from(document: $document) -> Self {
                AnyDocument::$kind(Box::new(document))
            }
        }
    )*};
}

from! {
    Parameter(Parameter);
    Secret(Secret);
    Key(KeyDocument);
    Rule(Rule);
    Credential(Credential);
    Share(Share);
}
