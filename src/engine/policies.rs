//! Policies that fire: it is recorded in the parameter, so that every machine knows it.

use super::error::Result;
use super::refused::Checked;
use super::vault::Vault;
use crate::format::probe;
use crate::model::name::ParameterName;
use crate::model::parameter::{Parameter, Policy};
use crate::model::time::Timestamp;

impl Vault<'_> {
    /// The names of the parameters that have policies to fire. Only documents with policies are verified.
    pub(crate) fn unfired(&self, now: Timestamp) -> Result<Checked<ParameterName>> {
        let unfired = self.sift_where(probe::may_expire, |parameter: &Parameter| !parameter.unfired(now).is_empty())?;
        Ok(unfired.map(|parameter| parameter.name))
    }

    /// Records in a parameter that the policies that are due have fired, and returns them: none if another machine was faster.
    pub(crate) fn fire(&self, name: &ParameterName, now: Timestamp) -> Result<Vec<Policy>> {
        self.change(name, now, |existing: Option<&Parameter>| {
            let mut parameter = existing.cloned().ok_or_else(|| self.not_found::<Parameter>(name.as_ref()))?;
            let fired = parameter.fire(now);
            Ok((parameter, fired))
        })
    }
}
