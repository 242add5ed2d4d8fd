//! Searches bytes for values: in files, in git objects, in anything that can be read. Reports where, and which value it
//! is; never the value itself.

pub mod needles;
pub mod search;
pub mod tree;
mod utf16;
