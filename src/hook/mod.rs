//! Hooks as child processes: one contract for each step of a rotation, and the built-in strategies.
//!
//! The contract is in `docs/hooks.md`. Nothing that came with a repository runs unless the user approved exactly its
//! bytes on this machine; those bytes are read once and then run from a place that nobody can write to. No hook gets a
//! secret unless the user approved that too, with all options of the hook.

pub mod approval;
mod child;
pub mod handover;
mod image;
pub mod interrupt;
pub mod log;
pub mod message;
mod pipe;
mod process;
mod program;
mod runner;
pub mod strategy;
mod surroundings;

pub use approval::{ApprovalError, Candidate};
pub use handover::Handover;
pub use interrupt::Interrupt;
pub use process::Limits;
pub use program::{Endpoint, ProgramError, own_program};
pub use runner::{Runner, Settings};
pub use surroundings::Surroundings;
