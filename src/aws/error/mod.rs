//! The AWS error code for each error (parameter-store §15, secrets-manager §10).
//!
//! Codes are decided in exhaustive matches, so that every new error must get one. Messages are those of the errors themselves, which
//! are for people, except where clients of Secrets Manager know AWS's texts (`secret_message.rs`). Anything that is not even a valid name, version, stage or number, and so never reaches a
//! rule, is a `ValidationException`, as on AWS.

mod code;
mod parameter;
mod secret;
mod secret_message;
mod service;
mod vault;

pub(crate) use self::code::ErrorCode;
pub(crate) use self::secret_message::secret_message;
pub(crate) use self::service::Service;
