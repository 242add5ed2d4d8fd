//! Variables as text for other programs: one serializer for each target.
//!
//! A serializer writes text that its reader turns back into exactly the same bytes, or refuses. It never changes a
//! value to make it fit.

mod docker;
mod dotenv;
mod format;
mod github;
mod hcl;
mod json;
mod pieces;
mod powershell;
mod properties;
mod refusal;
mod serialize;
mod shell;
mod systemd;
mod toml;
mod yaml;

pub use self::format::Format;
pub use self::refusal::Refusal;
pub(crate) use self::refusal::SerializeError;
pub use self::serialize::serialize;
