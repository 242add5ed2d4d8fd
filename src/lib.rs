//! `vault`: a secret vault on plain files.
//!
//! The rooms and the doors between them: `model ← crypto ← format ← store ← machine ← engine ← {unlock, inject, hook, aws} ← serve ← cli`.
//! Nothing runs the other way, and the four rooms after `engine` do not know each other. `docs/ARCHITECTURE.md` says where a change goes.

pub mod aws;
pub mod cli;
pub mod crypto;
pub mod engine;
pub mod format;
pub mod hook;
pub mod inject;
pub mod machine;
pub mod model;
#[cfg(test)]
mod script;
pub mod serve;
pub mod store;
pub mod unlock;
