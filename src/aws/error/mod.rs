//! Which error code of AWS tells what went wrong (parameter-store §15, secrets-manager §10).
//!
//! Only codes are decided here, each in one exhaustive match, so that a new way to fail has to be given one. Texts are those
//! of the errors themselves. What is no name, version, stage or number at all, and so never reaches a rule, is a
//! `ValidationException`, as on AWS.

mod code;
mod parameter;
mod secret;
mod service;
mod vault;

pub use self::code::ErrorCode;
pub use self::service::Service;
