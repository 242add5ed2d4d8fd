//! The user's files that other programs wrote.

pub(crate) mod directory;
pub(crate) mod node;
pub(crate) mod tree;
mod yaml;
