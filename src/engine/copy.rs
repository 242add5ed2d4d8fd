//! Existing values of parameters: rolling back, bringing back, copying, and renaming.

use std::collections::BTreeMap;

use super::error::Result;
use super::parameters::{Put, PutOutcome, broken, random_doc_id, random_uid};
use super::value::Place;
use super::vault::Vault;
use crate::model::id::DocId;
use crate::model::name::ParameterName;
use crate::model::parameter::{
    Content, FiredPolicy, Overwrite, Parameter, ParameterError, Policy, PutRequest, Rule, Selector, Tier, TierRequest,
    Version,
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

    /// Brings an expired parameter back, with everything that belongs to it: its newest value again, as a new version that
    /// expires as stated, or never.
    pub(crate) fn bring_back(
        &self,
        name: &ParameterName,
        expiration: Option<Policy>,
        now: Timestamp,
    ) -> Result<PutOutcome> {
        let parameter: Parameter = self.find(name)?.ok_or_else(|| self.not_found::<Parameter>(name.as_str()))?;
        let newest = parameter.latest().filter(|_| parameter.expired(now).is_some());
        let newest = newest.ok_or_else(|| broken(name, ParameterError::NotExpired))?;
        let mut policies = newest.settings.policies.clone();
        policies.retain(|policy| match policy.rule() {
            Rule::Expiration(_) => false,
            Rule::ExpirationNotification(_) => expiration.is_some(),
            Rule::NoChangeNotification(_) => true,
        });
        policies.extend(expiration);
        let request = PutRequest { policies: Some(policies), ..again(newest, newest.number) };
        let (value, exposed) = (self.reveal(&parameter, newest)?, self.is_version_exposed(newest)?);
        self.change(name, now, |existing: Option<&Parameter>| {
            // Somebody else may have put a new parameter in its place, or deleted what was left.
            let same = existing.filter(|it| it.id == parameter.id && !it.is_deleted());
            self.with_version(same, &parameter.name, &value, &request, exposed, now)
        })
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
                return Err(broken(to, ParameterError::Taken));
            }
            let to = existing.map_or(to, |parameter| &parameter.name);
            let id = random_doc_id();
            let versions = source.versions.iter().map(|version| self.resealed(&source, version, id, to));
            let versions = versions.collect::<Result<Vec<Version>>>()?;
            // What has fired for a version has fired for it under its new name.
            let uids: BTreeMap<_, _> =
                source.versions.iter().map(|it| it.uid).zip(versions.iter().map(|it| it.uid)).collect();
            let renewed = |it: &FiredPolicy| Some(FiredPolicy { version: *uids.get(&it.version)?, ..*it });
            let fired = source.fired.iter().filter_map(|(it, at)| Some((renewed(it)?, *at))).collect();
            Ok((Parameter { id, name: to.clone(), versions, fired, ..source.clone() }, ()))
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
pub(super) fn again(version: &Version, expected: u64) -> PutRequest {
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
