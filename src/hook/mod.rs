//! Hooks as child processes: one contract for each step of a rotation, and the built-in strategies.
//!
//! The contract is in `docs/hooks.md`. Nothing that came with a repository runs unless the user approved exactly its
//! bytes on this machine; those bytes are read once and then run from a place that nobody can write to. No hook gets a
//! secret unless the user approved that too, with all options of the hook.

pub(crate) mod approval;
mod child;
mod endpoints;
pub(crate) mod event;
pub(crate) mod function;
pub(crate) mod handover;
mod image;
pub(crate) mod interrupt;
pub(crate) mod log;
pub(crate) mod message;
mod pipe;
mod process;
mod program;
mod runner;
mod settings;
pub mod strategy;
mod surroundings;
mod template;

pub(crate) use approval::ApprovalError;
pub use approval::Candidate;
pub(crate) use endpoints::{Access, Arns, Endpoints};
pub use handover::Handover;
pub(crate) use handover::proposal_digest;
pub(crate) use interrupt::Interrupt;
pub(crate) use runner::REFUSED;
pub use runner::Runner;
pub(crate) use settings::Limits;
pub use settings::Settings;
pub(crate) use surroundings::Surroundings;
pub use template::Template;
