//! The AWS error code for each error (parameter-store §15, secrets-manager §10).
//!
//! Only codes are decided here, each in one exhaustive match, so that every new error must get one. Messages are those
//! of the errors themselves. Anything that is not even a valid name, version, stage or number, and so never reaches a
//! rule, is a `ValidationException`, as on AWS.

mod code;
mod parameter;
mod secret;
mod service;
mod vault;

pub(crate) use self::code::ErrorCode;
pub(crate) use self::service::Service;
