//! sops files whose data key is wrapped by age: every value is decrypted, and the file's MAC over all of them is
//! checked, before any of them is used.

mod document;
pub(super) mod error;
mod metadata;
mod read;
mod rules;
mod value;
mod walk;

pub(crate) use self::error::{OpenDataKey, SopsError};
pub(super) use self::read::{is_sops, read};
