//! Labels and tags: what may change about a parameter without a new version.

use std::collections::BTreeMap;

use super::error::Result;
use super::parameters::broken;
use super::vault::Vault;
use crate::model::name::ParameterName;
use crate::model::parameter::{Label, Labelled, Parameter, ParameterError, Unlabelled};
use crate::model::time::Timestamp;

impl Vault<'_> {
    /// Labels a version (the newest without a number); a label on another version is moved.
    pub(crate) fn label(
        &self,
        name: &ParameterName,
        number: Option<u64>,
        labels: &[String],
        now: Timestamp,
    ) -> Result<Labelled> {
        self.amend_parameter(name, now, |parameter| parameter.label(number, labels))
    }

    /// Removes labels from a version, or from whichever version has them.
    pub(crate) fn unlabel(
        &self,
        name: &ParameterName,
        number: Option<u64>,
        labels: &[String],
        now: Timestamp,
    ) -> Result<Unlabelled> {
        self.amend_parameter(name, now, |parameter| parameter.unlabel(number, labels))
    }

    /// Moves an existing label; returns the version that had it.
    pub(crate) fn move_label(
        &self,
        name: &ParameterName,
        label: &Label,
        to: u64,
        now: Timestamp,
    ) -> Result<Option<u64>> {
        self.amend_parameter(name, now, |parameter| parameter.move_label(label, to))
    }

    /// Sets tags, by key.
    pub(crate) fn tag(&self, name: &ParameterName, tags: &BTreeMap<String, String>, now: Timestamp) -> Result<()> {
        self.change_tags(name, &[], tags, now).map(drop)
    }

    /// Removes tags; missing ones are ignored.
    pub(crate) fn untag(&self, name: &ParameterName, keys: &[String], now: Timestamp) -> Result<()> {
        self.change_tags(name, keys, &BTreeMap::new(), now).map(drop)
    }

    /// Removes tags and then sets others, in one revision; returns all.
    pub(crate) fn change_tags(
        &self,
        name: &ParameterName,
        remove: &[String],
        set: &BTreeMap<String, String>,
        now: Timestamp,
    ) -> Result<BTreeMap<String, String>> {
        self.amend_parameter(name, now, |parameter| {
            parameter.untag(remove);
            parameter.tag(set)?;
            Ok(parameter.tags.clone())
        })
    }

    fn amend_parameter<T>(
        &self,
        name: &ParameterName,
        now: Timestamp,
        rule: impl Fn(&mut Parameter) -> std::result::Result<T, ParameterError>,
    ) -> Result<T> {
        self.amend(name, now, |parameter| rule(parameter).map_err(|error| broken(name, error)))
    }
}
