//! Searches bytes for values: in files, in git objects, in anything that can be read. Reports where, and which value it
//! is; never the value itself.

pub(crate) mod identity;
pub(crate) mod needles;
pub(crate) mod search;
pub(crate) mod tree;
mod utf16;
