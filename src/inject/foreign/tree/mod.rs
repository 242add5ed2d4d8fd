//! Files with values in them that other programs wrote, in JSON or YAML: their scalars keep the text that they were written
//! with, so that neither `1.10` nor a long number changes on its way.
//!
//! The YAML parser leaves copies of what it reads in memory. What was decrypted never goes through it.

mod json;
mod read;
mod tree;
mod yaml;

pub use self::tree::Tree;
