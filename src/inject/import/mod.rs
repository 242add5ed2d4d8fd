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
pub use self::error::ImportError;
pub use self::format::{Format, FormatError, recognise};
pub use self::item::{Content, Item, ItemError, SecretContent, SecretVersion, Source, Warning};
pub use self::read::read;
pub use self::sops::{OpenDataKey, SopsError};
