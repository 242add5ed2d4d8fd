//! What goes wrong, as clients see it: a code, a message, a status (wire §3).

use std::borrow::Cow;

use serde_json::json;

use crate::aws::error::{ErrorCode, Service, secret_message};
use crate::engine::Error;

/// An answer that is an error. Never contains a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// `__type`, on which clients decide.
    pub code: &'static str,
    /// The text, if there is one: some errors of Parameter Store have none.
    pub message: Option<Cow<'static, str>>,
    /// Where the text is: `Message` in Secrets Manager's own errors and in a few of Systems Manager, else `message`.
    pub member: &'static str,
    /// 400 for what the client did, 500 for what the vault did.
    pub status: u16,
}

/// An error that is no service's own: its text is in `message` everywhere.
const VALIDATION: &str = "ValidationException";

/// Errors of Systems Manager whose text is in `Message`.
const CAPITAL: [&str; 7] = [
    "SerializationException",
    "InternalServerError",
    "TooManyUpdates",
    "InvalidFilterValue",
    "InvalidNextToken",
    "ServiceSettingNotFound",
    "ResourcePolicyInvalidParameterException",
];

impl Fault {
    /// An error of a service, with a text.
    pub(crate) fn new(service: Service, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        let is_own = service == Service::SecretsManager && code != VALIDATION;
        let is_capital = is_own || CAPITAL.contains(&code);
        let member = if is_capital { "Message" } else { "message" };
        Fault { code, message: Some(message.into()), member, status: 400 }
    }

    /// An error without a text.
    pub(crate) fn silent(service: Service, code: &'static str) -> Self {
        Fault { message: None, ..Fault::new(service, code, "") }
    }

    /// A request that does not have the form that the operation asks for.
    pub(crate) fn validation(service: Service, message: impl Into<Cow<'static, str>>) -> Self {
        Fault::new(service, VALIDATION, message)
    }

    /// What an error of the engine is for a client of a service.
    pub(crate) fn of(error: &Error, service: Service) -> Self {
        let code = ErrorCode::of(error, service);
        let status = if code.is_internal() { 500 } else { 400 };
        let message = match service {
            Service::SecretsManager => secret_message(error),
            Service::ParameterStore => None,
        };
        Fault { status, ..Fault::new(service, code.as_str(), message.unwrap_or_else(|| error.to_string().into())) }
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        let mut body = json!({ "__type": self.code });
        if let Some(message) = &self.message {
            body[self.member] = json!(message);
        }
        body.to_string().into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_where_each_service_has_it() {
        let body = |fault: Fault| String::from_utf8(fault.body()).unwrap();
        let of = |service| body(Fault::validation(service, "no"));
        assert_eq!(of(Service::ParameterStore), r#"{"__type":"ValidationException","message":"no"}"#);
        assert_eq!(of(Service::SecretsManager), r#"{"__type":"ValidationException","message":"no"}"#);
        let exists = Fault::new(Service::SecretsManager, "ResourceExistsException", "no");
        assert_eq!(body(exists), r#"{"Message":"no","__type":"ResourceExistsException"}"#);
        assert_eq!(
            body(Fault::silent(Service::ParameterStore, "ParameterNotFound")),
            r#"{"__type":"ParameterNotFound"}"#
        );
    }
}
