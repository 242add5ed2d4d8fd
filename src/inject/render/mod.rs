//! Templates filled in. A value keeps a JSON or YAML file valid: it is escaped for the place where it stands.

mod fill;
mod json;
mod tracker;
mod yaml;

pub use self::fill::{Syntax, fill};
pub use self::tracker::Misfit;
