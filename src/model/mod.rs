//! Nouns: pure data and the rules that hold for it.
//!
//! Nothing here does I/O, reads the clock, generates randomness, or knows the format of documents on disk. Unless a
//! rule names another source, behaviour follows AWS Systems Manager Parameter Store.

pub mod arn;
pub mod checkpoint;
pub mod escaped;
pub mod fault;
mod finder;
pub mod forms;
pub mod head;
pub mod hook;
pub mod id;
pub mod json;
pub mod key;
pub mod mask;
pub mod masker;
pub mod merge;
pub mod name;
pub mod parameter;
pub mod password;
pub mod period;
pub mod reference;
pub mod request;
pub mod revision;
pub mod schedule;
pub mod sealed;
pub mod secret;
pub mod shell;
pub mod suggestion;
pub mod tag;
pub mod team;
pub mod template;
pub mod time;
pub mod trust;
#[cfg(test)]
pub(crate) mod trust_sample;
pub mod value;
pub mod value_form;
