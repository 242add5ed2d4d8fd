//! Values in files of other tools, as names and values. Messages name places, never content.

mod aws;
mod delimited;
mod error;
mod format;
mod item;
mod names;
mod properties;
mod read;
#[cfg(test)]
mod sample;
mod sops;
mod tfvars;

pub use self::aws::describe::Descriptions;
pub(crate) use self::error::ImportError;
pub use self::format::{Format, recognise};
pub use self::item::Content;
pub(crate) use self::item::{Item, ItemError, SecretContent, SecretVersion, Source};
pub use self::read::read;
pub(crate) use self::sops::SopsError;
