//! Event patterns: the matching language of EventBridge (docs/FORMAT.md, rules of events).
//!
//! A pattern is a JSON object. Each of its fields must match the field of that name in the event: by one of the values
//! in an array, or by a nested pattern. `$or` lists patterns of which one must match.

mod error;
mod fields;
mod matcher;
#[cfg(test)]
mod oracle;
mod pattern;
mod range;
mod values;
mod wildcard;

pub use self::error::{PatternError, PatternFault};
pub use self::pattern::Pattern;
