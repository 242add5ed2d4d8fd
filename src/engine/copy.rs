//! Existing values of parameters: rolling back, copying, and renaming.

use super::error::Result;
use super::parameters::{Put, PutOutcome, broken, random_doc_id, random_uid};
use super::value::Place;
use super::vault::Vault;
use crate::model::id::DocId;
use crate::model::name::ParameterName;
use crate::model::parameter::{
    Content, Overwrite, Parameter, ParameterError, PutRequest, Selector, Tier, TierRequest, Version,
};
use crate::model::time::Timestamp;
use crate::model::trust::Kind;

impl Vault<'_> {
    /// Restores the value and settings of an older version, as a new version.
    pub(crate) fn rollback(&self, name: &ParameterName, to: &Selector, now: Timestamp) -> Result<PutOutcome> {
        let parameter = self.parameter(name, now)?;
        let old = parameter.select(to).map_err(|error| broken(name, error))?;
        let latest = parameter.latest().map(|version| version.number);
        let request = again(old, latest.unwrap_or_default());
        let put = Put { name: name.clone(), value: self.reveal(&parameter, old)?, request };
        self.put_parameter(&put, now)
    }

    /// Copies the value of one parameter to another name, with its settings and tags; history and labels are not
    /// copied.
    pub(crate) fn copy(
        &self,
        from: &ParameterName,
        select: &Selector,
        to: &ParameterName,
        overwrite: Overwrite,
        now: Timestamp,
    ) -> Result<PutOutcome> {
        let source = self.parameter(from, now)?;
        let version = source.select(select).map_err(|error| broken(from, error))?;
        let mut request = PutRequest { overwrite, ..again(version, 0) };
        request.expected_version = None;
        if self.find_parameter(to, now)?.is_none() {
            request.overwrite = Overwrite::Refuse;
            request.tags = source.tags.clone();
        }
        let exposed = self.is_version_exposed(version)?;
        self.put_value(&Put { name: to.clone(), value: self.reveal(&source, version)?, request }, exposed, now)
    }

    /// Renames a parameter, with its whole history and labels. The new document is complete before the old one
    /// becomes a tombstone, so a crash in between leaves both, never neither. Nobody writes in between.
    pub(crate) fn rename(&self, from: &ParameterName, to: &ParameterName, now: Timestamp) -> Result<()> {
        self.require_writer(Kind::Parameter, from.as_str())?;
        self.require_writer(Kind::Parameter, to.as_str())?;
        let mut writing = self.writing(now)?;
        let mut source = self.parameter(from, now)?;
        writing.change_document(to, |existing: Option<&Parameter>| {
            if existing.is_some_and(|parameter| parameter.lives(now)) {
                return Err(broken(to, ParameterError::AlreadyExists));
            }
            let to = existing.map_or(to, |parameter| &parameter.name);
            let id = random_doc_id();
            let versions = source.versions.iter().map(|version| self.resealed(&source, version, id, to));
            let versions = versions.collect::<Result<Vec<Version>>>()?;
            Ok((Parameter { id, name: to.clone(), versions, ..source.clone() }, ()))
        })?;
        source.delete();
        writing.change_document(from, |_: Option<&Parameter>| Ok((source.clone(), ())))
    }

    fn resealed(&self, source: &Parameter, version: &Version, id: DocId, to: &ParameterName) -> Result<Version> {
        let uid = random_uid();
        let content = match &version.content {
            plain @ Content::Plain { .. } => plain.clone(),
            Content::Sealed(sealed) => {
                let place = Place { kind: Kind::Parameter, id, name: to.as_str(), uid, value_type: sealed.value_type };
                Content::Sealed(self.seal(&place, None, &self.reveal(source, version)?)?)
            }
        };
        let exposed = self.is_version_exposed(version)?;
        Ok(Version { uid, content, exposed, ..version.clone() })
    }
}

/// A request that repeats a version: value, type and settings.
fn again(version: &Version, expected: u64) -> PutRequest {
    let settings = version.settings.clone();
    PutRequest {
        kind: Some(version.content.parameter_type()),
        tier: Some(match settings.tier {
            Tier::Standard => TierRequest::Intelligent,
            Tier::Advanced => TierRequest::Advanced,
        }),
        data_type: Some(settings.data_type),
        description: Some(settings.description),
        allowed_pattern: Some(settings.allowed_pattern),
        policies: Some(settings.policies),
        overwrite: Overwrite::Replace,
        expected_version: Some(expected),
        ..PutRequest::default()
    }
}
