//! The parameter whose tags a request is about: `ResourceType` and `ResourceId` (parameter-store §6).

use std::sync::Arc;

use super::{faults, lookup, requested};
use crate::engine::Error;
use crate::model::name::ParameterName;
use crate::model::parameter::Parameter;
use crate::serve::ask::Ask;
use crate::serve::call::Call;
use crate::serve::fault::Fault;
use crate::serve::kept::Kept;
use crate::serve::members::Members;
use crate::serve::unanswered::Unanswered;

/// What a request names, not looked up yet.
pub(super) struct Resource<'b> {
    kind: &'b str,
    id: &'b str,
}

impl<'b> Resource<'b> {
    /// Reads the two members. Ask [`Members::check`] before it is used.
    pub(super) fn of(members: &Members<'b>) -> Self {
        Resource {
            kind: members.text("ResourceType").required().or_empty(),
            id: members.text("ResourceId").required().or_empty(),
        }
    }

    /// The parameter, if the caller may do to it what is called. Only parameters have tags here.
    pub(super) fn find(
        self,
        call: &Call<'_>,
        more: impl for<'a> FnOnce(Ask<'a>, Option<&Kept<Parameter>>, &'a str) -> Ask<'a>,
    ) -> Result<(ParameterName, Arc<Kept<Parameter>>), Unanswered> {
        if self.kind != "Parameter" {
            return Err(faults::silent("InvalidResourceType").into());
        }
        let name = requested::name(self.id).map_err(|_| unknown())?;
        let found = lookup::allowed(call, &name, more)?;
        Ok((name, found.ok_or_else(unknown)?))
    }
}

fn unknown() -> Fault {
    faults::silent("InvalidResourceId")
}

/// What an error of the engine is for a client that changes tags.
pub(super) fn refused(error: &Error, name: &ParameterName) -> Fault {
    let fault = faults::of(error, name.as_str());
    if faults::is_not_found(&fault) { unknown() } else { fault }
}
