//! One document: what parameters, secrets and keys have in common, so that each verb is written once.

use super::error::{Error, Result};
use super::tampering::Tampering;
use crate::format::layout::Place;
use crate::format::path::{PathTooLong, key_path, parameter_path, secret_path};
use crate::format::schema::{emit_key, emit_parameter, emit_secret, parse_key, parse_parameter, parse_secret};
use crate::format::{FormatError, caps};
use crate::model::head::Head;
use crate::model::id::VaultId;
use crate::model::key::Key;
use crate::model::name::MemberName;
use crate::model::parameter::Parameter;
use crate::model::secret::Secret;
use crate::model::trust::{Kind, Role, Trust};

/// The outcome of parsing a body.
pub type Parsed<T> = std::result::Result<T, FormatError>;

/// Something that a member signs.
pub trait Authored: Sized {
    /// What the body of a file at `path` says.
    fn parse(path: &str, body: &[u8], vault: &VaultId) -> Parsed<Self>;

    /// Who it says has written it.
    fn author(&self) -> &MemberName;
}

/// A document with revisions (FORMAT.md, documents).
pub trait Document: Authored + Clone + PartialEq + Into<AnyDocument> {
    /// The most bytes that a document at `path` may have.
    fn cap(path: &str) -> u64;

    /// Its canonical text, without the signature.
    fn emit(&self, vault: &VaultId) -> String;

    /// Where it belongs, relative to the vault.
    fn path(&self) -> std::result::Result<String, PathTooLong>;

    /// The name that people call it by.
    fn name(&self) -> &str;

    /// Its id: another document of the same name has another one.
    fn id(&self) -> [u8; 16];

    /// Its revision, author and time.
    fn head(&self) -> &Head;

    /// The same, to be changed.
    fn head_mut(&mut self) -> &mut Head;

    /// Whether it is a tombstone.
    fn is_deleted(&self) -> bool;

    /// Whether it lies where it belongs, and its author may write it.
    fn check(&self, path: &str, trust: &Trust) -> Result<()>;

    /// Whether it is as new as the trust chain says that it is by now.
    fn check_floor(&self, _: &Trust) -> Result<()> {
        Ok(())
    }
}

/// A document of any kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnyDocument {
    /// A parameter, or its tombstone.
    Parameter(Box<Parameter>),
    /// A secret, or its tombstone.
    Secret(Box<Secret>),
    /// A key.
    Key(Box<Key>),
}

/// The same expression for each kind of document.
macro_rules! each {
    ($any:expr, $document:ident => $value:expr) => {
        match $any {
            AnyDocument::Parameter($document) => $value,
            AnyDocument::Secret($document) => $value,
            AnyDocument::Key($document) => $value,
        }
    };
}

/// The same expression for both kinds of documents with values, and another one for a key.
macro_rules! with_values {
    ($any:expr, $document:ident => $value:expr, else $other:expr) => {
        match $any {
            AnyDocument::Parameter($document) => $value,
            AnyDocument::Secret($document) => $value,
            AnyDocument::Key(_) => $other,
        }
    };
}
pub(super) use with_values;

impl Authored for AnyDocument {
    fn parse(path: &str, body: &[u8], vault: &VaultId) -> Parsed<Self> {
        match Place::of(path) {
            Place::Document(Kind::Parameter) => Parameter::parse(path, body, vault).map(Into::into),
            Place::Document(Kind::Secret) => Secret::parse(path, body, vault).map(Into::into),
            Place::Key(_) => Key::parse(path, body, vault).map(Into::into),
            _ => Err(FormatError::NotADocument),
        }
    }

    fn author(&self) -> &MemberName {
        &self.head().by
    }
}

impl Document for AnyDocument {
    fn cap(path: &str) -> u64 {
        if matches!(Place::of(path), Place::Key(_)) { Key::cap(path) } else { caps::DOCUMENT }
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

    fn is_deleted(&self) -> bool {
        each!(self, document => document.is_deleted())
    }

    fn check(&self, path: &str, trust: &Trust) -> Result<()> {
        each!(self, document => document.check(path, trust))
    }

    fn check_floor(&self, trust: &Trust) -> Result<()> {
        each!(self, document => document.check_floor(trust))
    }
}

/// What every kind of document says in the same words.
macro_rules! facts {
    () => {
        fn name(&self) -> &str {
            self.name.as_str()
        }

        fn id(&self) -> [u8; 16] {
            self.id.0
        }

        fn head(&self) -> &Head {
            &self.head
        }

        fn head_mut(&mut self) -> &mut Head {
            &mut self.head
        }
    };
}

impl From<Parameter> for AnyDocument {
    fn from(parameter: Parameter) -> Self {
        AnyDocument::Parameter(Box::new(parameter))
    }
}

impl Authored for Parameter {
    fn parse(_: &str, body: &[u8], vault: &VaultId) -> Parsed<Self> {
        parse_parameter(body, vault)
    }

    fn author(&self) -> &MemberName {
        &self.head.by
    }
}

impl Document for Parameter {
    fn cap(_: &str) -> u64 {
        caps::DOCUMENT
    }

    fn emit(&self, vault: &VaultId) -> String {
        emit_parameter(self, vault)
    }

    fn path(&self) -> std::result::Result<String, PathTooLong> {
        parameter_path(&self.name)
    }

    facts!();

    fn is_deleted(&self) -> bool {
        Parameter::is_deleted(self)
    }

    fn check(&self, path: &str, trust: &Trust) -> Result<()> {
        check_value_document(self, Kind::Parameter, path, trust)
    }
}

impl From<Secret> for AnyDocument {
    fn from(secret: Secret) -> Self {
        AnyDocument::Secret(Box::new(secret))
    }
}

impl Authored for Secret {
    fn parse(_: &str, body: &[u8], vault: &VaultId) -> Parsed<Self> {
        parse_secret(body, vault)
    }

    fn author(&self) -> &MemberName {
        &self.head.by
    }
}

impl Document for Secret {
    fn cap(_: &str) -> u64 {
        caps::DOCUMENT
    }

    fn emit(&self, vault: &VaultId) -> String {
        emit_secret(self, vault)
    }

    fn path(&self) -> std::result::Result<String, PathTooLong> {
        secret_path(&self.name)
    }

    facts!();

    fn is_deleted(&self) -> bool {
        self.deleted
    }

    fn check(&self, path: &str, trust: &Trust) -> Result<()> {
        check_value_document(self, Kind::Secret, path, trust)
    }
}

impl From<Key> for AnyDocument {
    fn from(key: Key) -> Self {
        AnyDocument::Key(Box::new(key))
    }
}

impl Authored for Key {
    fn parse(_: &str, body: &[u8], vault: &VaultId) -> Parsed<Self> {
        parse_key(body, vault)
    }

    fn author(&self) -> &MemberName {
        &self.head.by
    }
}

impl Document for Key {
    fn cap(_: &str) -> u64 {
        caps::SMALL_DOCUMENT
    }

    fn emit(&self, vault: &VaultId) -> String {
        emit_key(self, vault)
    }

    fn path(&self) -> std::result::Result<String, PathTooLong> {
        Ok(key_path(&self.name))
    }

    facts!();

    fn is_deleted(&self) -> bool {
        false
    }

    /// A key document is the one that the trust chain names, and an admin's.
    fn check(&self, path: &str, trust: &Trust) -> Result<()> {
        let rule = trust.key(&self.name).ok_or_else(|| Error::NoSuchKey(self.name.clone()))?;
        if key_path(&self.name) != path || self.id != rule.id {
            return Err(Error::Tampered { path: path.to_owned(), reason: Tampering::NotTheKey });
        }
        match trust.member(&self.head.by) {
            Some(member) if member.role == Role::Admin => Ok(()),
            _ => Err(not_allowed(path, &self.head.by)),
        }
    }

    /// A key document from before its key was taken from somebody is out of date, and so is what it says about readers.
    fn check_floor(&self, trust: &Trust) -> Result<()> {
        match trust.key(&self.name).map(|rule| rule.floor) {
            Some(floor) if self.current < floor => Err(Error::OutdatedKey(self.name.clone(), self.current, floor)),
            _ => Ok(()),
        }
    }
}

/// A parameter or secret lies where its name belongs, and its author may write that name.
fn check_value_document(document: &impl Document, kind: Kind, path: &str, trust: &Trust) -> Result<()> {
    if document.path()? != path {
        return Err(elsewhere(path, document.name()));
    }
    let by = &document.head().by;
    let member = trust.member(by);
    if member.is_some_and(|member| member.may_write(kind, document.name())) {
        Ok(())
    } else {
        Err(not_allowed(path, by))
    }
}

pub(super) fn elsewhere(path: &str, name: &str) -> Error {
    Error::Tampered { path: path.to_owned(), reason: Tampering::Elsewhere(name.to_owned()) }
}

pub(super) fn not_allowed(path: &str, by: &MemberName) -> Error {
    Error::Tampered { path: path.to_owned(), reason: Tampering::NotAllowed(by.to_string()) }
}
