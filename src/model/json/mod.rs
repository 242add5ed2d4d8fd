//! JSON values, taken apart in place: each part is a slice of the value, and a string among them is decoded into its
//! own buffer, which is wiped. The parser would let a text with escapes pass through a buffer that nobody wipes.

pub(super) mod leaves;
mod members;
mod text;

pub(in crate::model) use members::EveryMember;
pub(crate) use members::Members;
pub(crate) use text::{Text, longest, read_text, write_text};
