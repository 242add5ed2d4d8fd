//! Nouns: pure data and the rules that hold for it.
//!
//! Nothing here does I/O, reads the clock, generates randomness, or knows the format of documents on disk. Unless a
//! rule names another source, behaviour follows AWS Systems Manager Parameter Store.

pub mod anchor;
pub mod arn;
pub(crate) mod checkpoint;
pub mod credential;
pub(crate) mod escaped;
pub mod event;
pub(crate) mod fault;
mod finder;
pub mod format;
pub mod forms;
pub mod freshness;
pub(crate) mod head;
pub mod hook;
pub(crate) mod hook_options;
pub mod iam;
pub mod id;
pub(crate) mod invoke_url;
pub(crate) mod json;
pub mod key;
mod line_breaks;
pub mod log_anchor;
pub(crate) mod mask;
pub mod masker;
pub mod merge;
pub mod name;
mod name_error;
pub mod near;
pub(crate) mod network;
pub mod parameter;
pub mod parcel;
pub(crate) mod password;
pub mod pattern;
pub(crate) mod period;
pub(crate) mod reference;
pub mod request;
pub(crate) mod revision;
pub(crate) mod schedule;
pub mod scope;
pub mod sealed;
pub mod secret;
pub mod settings;
pub mod share;
pub(crate) mod shell;
pub(crate) mod suggestion;
pub(crate) mod tag;
pub mod team;
pub mod template;
pub mod time;
pub mod trust;
#[cfg(test)]
pub(crate) mod trust_sample;
pub(crate) mod trust_step;
pub mod value;
pub(crate) mod value_form;
pub(crate) mod written;
