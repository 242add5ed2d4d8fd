#![doc = include_str!("FORMAT.md")]

pub mod approvals;
mod branch;
mod canonical;
pub mod caps;
pub mod config;
mod emit;
pub mod error;
pub mod foreign;
pub mod format_error;
pub mod hook_log;
pub mod lock;
pub mod marks;
pub mod path;
mod pin;
pub mod private;
pub mod root;
pub mod schema;
mod state;
pub mod static_files;
pub mod trailer;
pub mod vault_yaml;
mod yaml;

pub use approvals::{Approval, Approvals};
pub use branch::Branch;
pub use error::{Problem, StoreError, Verb};
pub use format_error::FormatError;
pub use lock::Lock;
pub use marks::{Mark, Marks};
pub use pin::{Pin, Pins};
pub use root::Root;
pub use state::{Lease, State, StateError};
