//! What reports of several commands share.

pub(crate) mod anchor;
pub(crate) mod count;
pub(crate) mod date;
pub(crate) mod dated;
pub(crate) mod finding;
pub(crate) mod fingerprint;
pub mod json;
pub(crate) mod list;
pub(crate) mod names;
pub(crate) mod readers;
pub(crate) mod refused;
pub(crate) mod time;
pub(crate) mod tree;
pub(crate) mod trust_changes;
pub(crate) mod unreadable;
pub(crate) mod write_only;
