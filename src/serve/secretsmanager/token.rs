//! `ClientRequestToken`: it becomes the id of the version, so that a request can be repeated (secrets-manager §3).

use crate::engine::Error;
use crate::model::secret::{SecretError, VersionId};
use crate::serve::call::Call;
use crate::serve::fault::Fault;
use crate::serve::members::Members;

/// Reads the token.
pub(super) fn token<'b>(members: &Members<'b>) -> Option<&'b str> {
    members.text("ClientRequestToken").length(32..=64).value()
}

/// The id for the version of a request with a value.
pub(super) fn version_id(call: &Call<'_>, token: Option<&str>) -> Result<VersionId, Fault> {
    let service = call.service();
    let missing = "You must provide a ClientRequestToken value. We recommend a UUID-type value.";
    let token = token.ok_or_else(|| Fault::new(service, "InvalidRequestException", missing))?;
    let unfit = "A ClientRequestToken can have only printable ASCII characters other than spaces.";
    token.parse().map_err(|_| Fault::new(service, "InvalidParameterException", unfit))
}

/// What a failed change of a secret is; AWS names the secret of a token by its ARN.
pub(super) fn refused(call: &Call<'_>, error: &Error, arn: &str) -> Fault {
    let fault = call.fault(error);
    match error {
        Error::Secret { error: SecretError::TokenInUse(token), .. } => Fault {
            message: Some(
                format!(
                    "You can't use ClientRequestToken {token} because that value is already in use for a version of \
                     secret {arn}."
                )
                .into(),
            ),
            ..fault
        },
        _ => fault,
    }
}
