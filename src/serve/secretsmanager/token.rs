//! `ClientRequestToken`: it becomes the id of the version, so that a request can be repeated (secrets-manager §3).

use super::faults;
use crate::engine::Error;
use crate::model::secret::{SecretError, VersionId};
use crate::serve::fault::Fault;
use crate::serve::members::Members;

/// What a request lacks that must have a token.
pub(super) const MISSING: &str = "You must provide a ClientRequestToken value. We recommend a UUID-type value.";

pub(super) fn token<'b>(members: &Members<'b>) -> Option<&'b str> {
    members.text("ClientRequestToken").length(32..=64).value()
}

/// The id for the version of a request with a value.
pub(super) fn version_id(token: Option<&str>) -> Result<VersionId, Fault> {
    parsed(token.ok_or_else(|| faults::invalid_request(MISSING))?)
}

/// The id that a token becomes.
pub(super) fn parsed(token: &str) -> Result<VersionId, Fault> {
    let unfit = "A ClientRequestToken can have only printable ASCII characters other than spaces.";
    token.parse().map_err(|_| faults::invalid_parameter(unfit))
}

/// What a failed change of a secret is; AWS names the secret of a token by its ARN.
pub(super) fn refused(error: &Error, arn: &str) -> Fault {
    match error {
        Error::Secret { error: SecretError::TokenInUse(token), .. } => {
            faults::refusal(arn, SecretError::TokenInUse(token.clone()))
        }
        error => faults::of(error),
    }
}
