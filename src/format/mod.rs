#![doc = include_str!("../../docs/FORMAT.md")]

mod canonical;
pub(crate) mod caps;
pub(crate) mod conflict_copy;
mod emit;
mod error;
pub mod layout;
pub mod path;
pub(crate) mod probe;
pub mod schema;
pub(crate) mod static_files;
pub mod trailer;
pub mod vault_yaml;

pub(crate) use error::FormatError;
