//! Parameters of one vault copied into another. Nothing links them afterwards.

use super::copy::again;
use super::error::Result;
use super::exposure::holds;
use super::parameters::{Put, PutOutcome, broken};
use super::vault::Vault;
use crate::model::name::ParameterName;
use crate::model::parameter::{Overwrite, Parameter, PutRequest, Selector, Version};
use crate::model::time::Timestamp;
use crate::model::trust::Kind;
use crate::model::value::SecretValue;

/// One parameter to be copied.
pub(crate) struct Across {
    /// Its name here.
    pub from: ParameterName,
    /// The version.
    pub select: Selector,
    /// Its name there.
    pub to: ParameterName,
}

impl Vault<'_> {
    /// Copies values with their settings to another vault, and tags to what is new there. What has the value and the settings already stays.
    /// Everything is checked and encrypted before the first document is written.
    pub(crate) fn copy_across(
        &self,
        other: &Vault<'_>,
        parameters: &[Across],
        overwrite: Overwrite,
        now: Timestamp,
    ) -> Result<Vec<PutOutcome>> {
        for Across { to, .. } in parameters {
            other.require_writer(Kind::Parameter, to.as_str())?;
        }
        let mut writing = other.writing(now)?;
        let mut outcomes = Vec::new();
        for Across { from, select, to } in parameters {
            let source = self.parameter(from, now)?;
            let version = source.select(select).map_err(|error| broken(from, error))?;
            let exposed = self.is_version_exposed(version)?;
            let known = other.find_parameter(to, now)?;
            let mut put = Put {
                name: to.clone(),
                value: self.reveal(&source, version)?,
                request: PutRequest { overwrite, expected_version: None, ..again(version, 0) },
            };
            match &known {
                Some(known) if other.has_already(known, version, &put.value, exposed)? => continue,
                Some(_) => {}
                None => {
                    put.request.overwrite = Overwrite::Refuse;
                    put.request.tags = source.tags.clone();
                }
            }
            outcomes.push(writing.put_changed(to, |existing| other.put_onto(existing, &put, exposed, now))?);
        }
        writing.publish()?;
        Ok(outcomes)
    }

    /// Whether the newest version of a parameter has the value and the settings of another vault's.
    fn has_already(
        &self,
        parameter: &Parameter,
        version: &Version,
        value: &SecretValue,
        exposed: bool,
    ) -> Result<bool> {
        let Some(latest) = parameter.latest() else { return Ok(false) };
        let stated = |it: &Version| (it.content.parameter_type(), it.settings.clone());
        Ok(stated(latest) == stated(version)
            && self.is_version_exposed(latest)? == exposed
            && holds(self.reveal(parameter, latest), value)?)
    }
}
