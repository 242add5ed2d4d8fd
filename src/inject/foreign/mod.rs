//! Files of the user's that other programs wrote.

pub mod directory;
pub mod node;
pub mod tree;
mod yaml;
