//! What a put would do, without doing it.

use super::error::{Error, Result};
use super::exposure::holds;
use super::parameters::Put;
use super::vault::Vault;
use crate::model::put::PutPlan;
use crate::model::trust::Kind;

/// What a put would come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planned {
    /// A new parameter.
    Create,
    /// A new version, of that number.
    Update(u64),
    /// The latest version has that value already.
    Unchanged,
}

impl Vault<'_> {
    /// Checks all that a put checks before it writes. A value that is there already is no conflict.
    pub fn plan_put(&self, put: &Put) -> Result<Planned> {
        let Put { name, value, request } = put;
        self.require_writer(Kind::Parameter, name.as_str())?;
        self.governing_key(name)?;
        let existing = self.find_parameter(name)?;
        if let Some((parameter, latest)) = existing.as_ref().and_then(|all| all.latest().map(|latest| (all, latest)))
            && holds(self.reveal(parameter, latest), value)?
        {
            return Ok(Planned::Unchanged);
        }
        let plan = PutPlan::new(existing.as_ref(), request, value)
            .map_err(|error| Error::Parameter { name: name.to_string(), error })?;
        Ok(if existing.is_some() { Planned::Update(plan.number) } else { Planned::Create })
    }
}
