//! Rendering templates. The result stays valid JSON or YAML: each value is escaped for its position.

mod fill;
mod json;
mod tracker;
mod yaml;

pub use self::fill::{Syntax, fill};
pub(crate) use self::tracker::Mismatch;
