//! Parameters: read and put.

use rand::RngCore;
use rand::rngs::OsRng;

use super::error::{Error, Result};
use super::value::Place;
use super::vault::Vault;
use crate::model::id::{DocId, Uid};
use crate::model::name::{KeyName, ParameterName};
use crate::model::parameter::{
    Content, NewVersion, Parameter, ParameterError, ParameterType, PutPlan, PutRequest, Tier,
};
use crate::model::sealed::ValueType;
use crate::model::secret::VersionId;
use crate::model::time::Timestamp;
use crate::model::trust::Kind;
use crate::model::value::SecretValue;

/// One value to be put.
pub struct Put {
    /// Where.
    pub name: ParameterName,
    /// The value.
    pub value: SecretValue,
    /// Everything else.
    pub request: PutRequest,
}

/// What a put did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutOutcome {
    /// The name, as spelled in the document.
    pub name: ParameterName,
    /// Number of the new version.
    pub version: u64,
    /// The resolved tier.
    pub tier: Tier,
    /// The type.
    pub parameter_type: ParameterType,
    /// The key that the value is sealed under, for a `SecureString`.
    pub key: Option<KeyName>,
    /// The previous type, if it changed.
    pub type_before: Option<ParameterType>,
    /// When the parameter expired that the new one replaces.
    pub expired: Option<Timestamp>,
}

impl Vault<'_> {
    /// The parameter of that name, verified. Reads one document.
    pub(crate) fn parameter(&self, name: &ParameterName, now: Timestamp) -> Result<Parameter> {
        self.find_parameter(name, now)?.ok_or_else(|| self.missing::<Parameter>(name, now))
    }

    /// The parameter of that name, if there is one that has not expired.
    pub(crate) fn find_parameter(&self, name: &ParameterName, now: Timestamp) -> Result<Option<Parameter>> {
        Ok(self.find(name)?.filter(|parameter: &Parameter| parameter.lives(now)))
    }

    /// Refuses what [`Vault::put_parameter`] would refuse whatever the value is, for somebody who is about to type one. Unlocks.
    pub(crate) fn require_put(
        &self,
        name: &ParameterName,
        request: &PutRequest,
        existing: Option<&Parameter>,
    ) -> Result<()> {
        let kind = request.check_before_value(existing).map_err(|error| broken(name, error))?;
        match kind {
            ParameterType::SecureString => self.require_storing(Kind::Parameter, name.as_str(), request.key.as_ref()),
            _ => self.require_writer(Kind::Parameter, name.as_str()),
        }
    }

    /// Puts a value: a new parameter, or a new version of one.
    pub fn put_parameter(&self, put: &Put, now: Timestamp) -> Result<PutOutcome> {
        self.put_value(put, false, now)
    }

    /// The same for a value that a former reader may know.
    pub(super) fn put_value(&self, put: &Put, exposed: bool, now: Timestamp) -> Result<PutOutcome> {
        self.change(&put.name, now, |existing| self.put_onto(existing, put, exposed, now))
    }

    /// What a put makes of what is there. Nothing is written.
    pub(super) fn put_onto(
        &self,
        existing: Option<&Parameter>,
        put: &Put,
        exposed: bool,
        now: Timestamp,
    ) -> Result<(Parameter, PutOutcome)> {
        let Put { name, value, request } = put;
        let exposed = exposed || self.holds_exposed(existing, value)?;
        let name = existing.map_or(name, |parameter| &parameter.name);
        let live = existing.filter(|parameter| parameter.lives(now));
        let (changed, outcome) = self.with_version(live, name, value, request, exposed, now)?;
        Ok((changed, PutOutcome { expired: existing.and_then(|parameter| parameter.expired(now)), ..outcome }))
    }

    /// An existing parameter with one more version, or a new one with the name as given. Nothing is written.
    pub(super) fn with_version(
        &self,
        live: Option<&Parameter>,
        name: &ParameterName,
        value: &SecretValue,
        request: &PutRequest,
        exposed: bool,
        now: Timestamp,
    ) -> Result<(Parameter, PutOutcome)> {
        let plan = PutPlan::new(live, request, value).map_err(|error| broken(name, error))?;
        let spelled = live.map_or_else(|| name.clone(), |parameter| parameter.name.clone());
        let id = live.map_or_else(random_doc_id, |parameter| parameter.id);
        let before = live.and_then(Parameter::latest).map(|version| version.content.parameter_type());
        let version = self.new_version(&spelled, id, plan.parameter_type(), request.key.as_ref(), value, now)?;
        let outcome = PutOutcome {
            name: spelled.clone(),
            version: plan.number,
            tier: plan.settings.tier,
            parameter_type: plan.parameter_type(),
            key: key_of(&version.content),
            type_before: before.filter(|before| *before != plan.parameter_type()),
            expired: None,
        };
        let changed = Parameter::apply(live.cloned(), plan, version, id, spelled);
        let mut changed = changed.map_err(|error| broken(name, error))?;
        if let Some(version) = changed.versions.last_mut() {
            version.exposed = exposed;
        }
        Ok((changed, outcome))
    }

    fn new_version(
        &self,
        name: &ParameterName,
        id: DocId,
        kind: ParameterType,
        key: Option<&KeyName>,
        value: &SecretValue,
        now: Timestamp,
    ) -> Result<NewVersion> {
        let uid = random_uid();
        let content = match kind {
            ParameterType::SecureString => {
                let value_type = ValueType::SecureString;
                let place = Place { kind: Kind::Parameter, id, name: name.as_str(), uid, value_type };
                Content::Sealed(self.seal(&place, key, value)?)
            }
            plain => {
                let text = value.reveal_text().ok_or_else(|| broken(name, ParameterError::NotText))?;
                Content::Plain { list: plain == ParameterType::StringList, text: text.to_owned() }
            }
        };
        Ok(NewVersion { uid, now, by: self.signer()?.name, content })
    }
}

fn key_of(content: &Content) -> Option<KeyName> {
    match content {
        Content::Sealed(sealed) => Some(sealed.key.name.clone()),
        Content::Plain { .. } => None,
    }
}

pub(super) fn broken(name: &ParameterName, error: ParameterError) -> Error {
    Error::Parameter { name: name.to_string(), error }
}

pub(super) fn random_doc_id() -> DocId {
    DocId(random())
}

pub(super) fn random_uid() -> Uid {
    Uid(random())
}

/// A new UUID (RFC 9562, version 4).
pub(super) fn random_version_id() -> VersionId {
    let mut bytes = random();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    VersionId::of(Uid(bytes))
}

pub(super) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    OsRng.fill_bytes(&mut bytes);
    bytes
}
