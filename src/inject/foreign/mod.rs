//! The user's files that other programs wrote.

pub mod directory;
pub mod node;
pub mod tree;
mod yaml;
