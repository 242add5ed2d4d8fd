//! Several parameters put and deleted in one change.

use super::error::{Error, Result};
use super::parameters::{Put, PutOutcome};
use super::vault::Vault;
use crate::model::name::ParameterName;
use crate::model::parameter::{Parameter, ParameterError};
use crate::model::time::Timestamp;
use crate::model::trust::Kind;

/// A parameter to be deleted, if its newest version is still this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Deletion {
    /// Its name.
    pub name: ParameterName,
    /// The version.
    pub version: u64,
}

impl Vault<'_> {
    /// Puts values and deletes parameters. Everything is checked and encrypted before the first document is written.
    pub(crate) fn put_and_delete(
        &self,
        puts: &[Put],
        deletions: &[Deletion],
        now: Timestamp,
    ) -> Result<Vec<PutOutcome>> {
        for name in puts.iter().map(|put| &put.name).chain(deletions.iter().map(|deletion| &deletion.name)) {
            self.require_writer(Kind::Parameter, name.as_str())?;
        }
        let mut writing = self.writing(now)?;
        let mut outcomes = Vec::with_capacity(puts.len());
        for put in puts {
            outcomes.push(writing.put_changed(&put.name, |existing| self.put_onto(existing, put, false, now))?);
        }
        for Deletion { name, version } in deletions {
            writing.put_changed(name, |existing: Option<&Parameter>| {
                let mut parameter = existing.cloned().ok_or_else(|| self.not_found::<Parameter>(name.as_str()))?;
                let actual = parameter.latest().map_or(0, |latest| latest.number);
                if actual != *version {
                    let error = ParameterError::VersionMoved { expected: *version, actual };
                    return Err(Error::Parameter { name: name.to_string(), error });
                }
                parameter.delete();
                Ok((parameter, ()))
            })?;
        }
        writing.publish()?;
        Ok(outcomes)
    }
}
