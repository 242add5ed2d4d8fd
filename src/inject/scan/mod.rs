//! Values sought in bytes: in files, in objects of git, in whatever can be read. Says where, and of which value; never what.

pub mod needles;
pub mod search;
pub mod tree;
mod utf16;
