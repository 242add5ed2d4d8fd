//! What this machine remembers about vaults, and its user's settings: never part of a vault.

pub(crate) mod approvals;
pub(crate) mod audit;
mod branch;
pub mod config;
pub(crate) mod events;
mod exceptions;
pub(crate) mod hook_log;
mod kept;
mod mark;
mod mark_file;
pub(crate) mod marks;
mod names;
mod pin;
mod plans;
pub(crate) mod private;
pub(crate) mod private_directory;
mod reftable;
pub(crate) mod requested;
pub(crate) mod signatures;
mod state;
mod state_file;
mod trust_record;
pub(crate) mod warned;

pub(crate) use approvals::{Approval, Approvals, Subject};
pub use audit::{Head, rewritten_line};
pub(crate) use branch::Branch;
pub(crate) use exceptions::Exceptions;
pub(crate) use mark::Mark;
pub(crate) use marks::Marks;
pub use pin::Pin;
pub(crate) use pin::Pins;
pub(crate) use plans::Plans;
pub(crate) use state::Lease;
pub use state::State;
pub(crate) use state_file::StateError;
pub(crate) use trust_record::{RecordOf, TrustRecord, Verified, WholeSnapshot};
