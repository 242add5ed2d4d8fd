//! Parameters as documents with values.

use super::{StoredValue, Valuable, Valued, facts};
use crate::engine::document::AnyDocument;
use crate::engine::error::{Error, Result};
use crate::format::path::{Decoded, PARAMETERS, PathTooLong, decode_parameter, parameter_path};
use crate::format::probe;
use crate::model::id::Uid;
use crate::model::name::ParameterName;
use crate::model::parameter::{Content, Parameter, Version};
use crate::model::period::Period;
use crate::model::sealed::Sealed;
use crate::model::time::Timestamp;
use crate::model::trust::Kind;

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

    /// Programs also read what has a label.
    fn in_use(&self) -> Vec<&Version> {
        let labelled = self.versions().iter().filter(|version| !version.labels().is_empty());
        self.current().into_iter().chain(labelled).collect()
    }
}

impl Valuable for Version {
    fn uid(&self) -> Uid {
        self.uid
    }

    fn kept(&self) -> StoredValue<'_> {
        match &self.content {
            Content::Plain { text, .. } => StoredValue::Plain(text),
            Content::Sealed(sealed) => StoredValue::Sealed(sealed),
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
