//! The user's files that other programs wrote.

pub(crate) mod directory;
pub(crate) mod documents;
pub(crate) mod file;
pub(crate) mod text;
pub(crate) mod tree;
mod yaml;
