//! What this machine remembers about vaults, and its user's settings: never part of a vault.

pub mod approvals;
mod branch;
pub mod config;
pub mod hook_log;
pub mod marks;
mod pin;
pub mod private;
mod state;
mod state_file;
mod trust_record;

pub use approvals::{Approval, Approvals, Subject};
pub use branch::Branch;
pub use marks::{Mark, Marks};
pub use pin::{Pin, Pins};
pub use state::{Lease, State};
pub use state_file::StateError;
pub use trust_record::TrustRecord;
