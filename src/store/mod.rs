//! Where documents are kept: a vault's directory, its lock, and the archive of a backup.

pub mod archive;
pub mod directory;
pub mod error;
pub mod files;
pub mod lock;
pub mod locked;
mod memory;
mod overlay;
mod pending;
pub mod stamps;

pub use directory::Directory;
pub use error::{Problem, StoreError, Verb};
pub use files::{Blob, Change, Expect, Files, PlaceId, Seen, Tag, Unpublished};
pub use lock::Lock;
pub use memory::Memory;
pub use overlay::Overlay;

#[cfg(test)]
mod tests;
