//! Where documents are kept: a vault's directory, its lock, and the archive of a backup.

pub mod archive;
pub(crate) mod directory;
pub(crate) mod error;
pub(crate) mod files;
pub(crate) mod lock;
pub(crate) mod locked;
mod memory;
mod overlay;
pub(crate) mod stamps;
mod turn;

pub(crate) use directory::Directory;
pub(crate) use error::{Problem, StoreError, Verb};
pub(crate) use files::{Change, Expect, Files, PlaceId, Seen, Stamp, Unpublished};
pub(crate) use lock::Lock;
pub use memory::Memory;
pub(crate) use overlay::Overlay;

#[cfg(test)]
mod tests;
