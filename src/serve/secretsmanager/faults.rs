//! What goes wrong with secrets, in the words of Secrets Manager.

use std::borrow::Cow;

use crate::aws::error::Service;
use crate::engine::Error;
use crate::model::secret::SecretError;
use crate::serve::fault::Fault;

const SERVICE: Service = Service::SecretsManager;

/// An error with a text.
pub(super) fn new(code: &'static str, message: impl Into<Cow<'static, str>>) -> Fault {
    Fault::new(SERVICE, code, message)
}

/// A member of the request is not what it may be.
pub(super) fn invalid_parameter(message: impl Into<Cow<'static, str>>) -> Fault {
    new("InvalidParameterException", message)
}

/// The secret is not in a state for it.
pub(super) fn invalid_request(message: impl Into<Cow<'static, str>>) -> Fault {
    new("InvalidRequestException", message)
}

/// What is asked for does not exist.
pub(super) fn not_found(message: impl Into<Cow<'static, str>>) -> Fault {
    new("ResourceNotFoundException", message)
}

/// There is no such secret.
pub(super) fn no_secret() -> Fault {
    not_found("Secrets Manager can't find the specified secret.")
}

/// A text that no secret can have as its name.
pub(super) fn no_name() -> Fault {
    let text =
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!";
    Fault::validation(SERVICE, text)
}

/// The server has no vault for a region.
pub(super) fn unmapped(region: &str) -> Fault {
    invalid_parameter(format!(
        "The server has no vault for the Region {region}: start it with --map-region {region}=/path/to/vault."
    ))
}

/// A vault is one account.
pub(super) fn other_account() -> Fault {
    invalid_request("This vault can't replicate secrets to other accounts.")
}

/// What an error of the engine is for the client.
pub(super) fn of(error: &Error) -> Fault {
    Fault::of(error, SERVICE)
}

/// What a broken rule of a secret is for the client.
pub(super) fn refusal(name: &(impl ToString + ?Sized), error: SecretError) -> Fault {
    of(&Error::Secret { name: name.to_string(), error })
}
