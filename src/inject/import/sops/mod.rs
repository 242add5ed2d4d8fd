//! Files of sops whose data key age has wrapped: every value is opened, and the file's own MAC over all of them checked,
//! before any of them is used.

mod document;
pub(super) mod error;
mod metadata;
mod read;
mod rules;
mod value;
mod walk;

pub use self::error::{OpenDataKey, SopsError};
pub(super) use self::read::{is_sops, read};
