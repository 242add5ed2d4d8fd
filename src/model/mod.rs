//! Nouns: pure data and the rules that hold for it.
//!
//! Nothing here does I/O, reads the clock, draws randomness of its own, or knows how a document looks on disk. Behaviour
//! follows AWS Systems Manager Parameter Store where a rule does not name another source.

pub mod checkpoint;
pub mod data_type;
pub mod escaped;
pub mod filter;
pub mod filter_key;
mod finder;
pub mod forms;
pub mod head;
pub mod hook;
pub mod id;
pub mod json;
pub mod key;
pub mod label;
pub mod labelling;
pub mod mask;
pub mod masker;
pub mod merge;
pub mod name;
pub mod new_version;
pub mod parameter;
pub mod parameter_error;
pub mod password;
pub mod pattern;
pub mod period;
pub mod policy;
pub mod put;
pub mod reference;
pub mod request;
pub mod resource_policy;
pub mod rotation;
#[cfg(test)]
mod sample;
pub mod schedule;
pub mod secret;
pub mod secret_error;
pub mod secret_filter;
pub mod secret_json;
#[cfg(test)]
mod secret_sample;
pub mod selector;
pub mod stage;
pub mod staging;
pub mod suggestion;
mod syntax;
pub mod tag;
pub mod team;
pub mod template;
pub mod tier;
pub mod time;
pub mod trust;
pub mod value;
pub mod version_id;
pub mod version_prefix;
