//! Files with values in them that other programs wrote, in JSON or YAML: their scalars keep their original text, so
//! that neither `1.10` nor a long number changes.
//!
//! The YAML parser leaves copies of what it reads in memory. Decrypted text is never passed to it.

mod json;
mod limits;
mod read;
mod tree;
mod yaml;

pub(crate) use self::tree::Tree;
