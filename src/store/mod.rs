//! Where documents are kept: a vault's directory, its lock, and the archive of a backup.

pub mod archive;
pub mod error;
pub mod lock;
pub mod locked;
pub mod root;
pub mod stamps;

pub use error::{Problem, StoreError, Verb};
pub use lock::Lock;
pub use root::Root;
