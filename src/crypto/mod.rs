//! Seals: bytes in, bytes out.
//!
//! This room knows no files, documents or names: vault ids, key ids, paths and contexts arrive as raw bytes and text,
//! and the callers know what they mean. Every format here is a promise of FORMAT.md, with known answers in
//! the tests.
//!
//! The `age` crate is used in this room only, and only behind `agefile`, which bounds what it reads and contains its
//! panics. `age` draws its own randomness from the operating system; where we draw, the generator is passed in.

pub(crate) mod aesgcm;
pub(crate) mod agefile;
pub(crate) mod base64;
mod derive;
#[cfg(test)]
mod fixture;
pub mod framing;
pub mod identity;
pub mod key;
mod keytext;
pub(crate) mod mac;
pub(crate) mod memory_key;
mod padding;
pub mod passphrase;
mod plugin;
pub mod prompt;
pub mod recipient;
pub mod sign;
pub(crate) mod stream;
pub mod value;
pub mod wrap;
