#![doc = include_str!("FORMAT.md")]

pub mod caps;
mod emit;
pub mod error;
pub mod format_error;
pub mod lock;
pub mod path;
pub mod root;
pub mod schema;
pub mod static_files;
pub mod trailer;
pub mod vault_yaml;
mod yaml;

pub use error::{Problem, StoreError, Verb};
pub use format_error::FormatError;
pub use lock::Lock;
pub use root::Root;
