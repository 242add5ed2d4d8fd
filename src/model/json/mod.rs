//! Values that are JSON, taken apart as they stand: each part is a slice of the value, and a text among them is read into a
//! buffer of its own that is wiped. The parser would let a text with escapes pass through a buffer that nobody wipes.

pub(super) mod leaves;
mod members;
mod text;

pub use members::Members;
pub use text::{Text, longest, read_text, write_text};
