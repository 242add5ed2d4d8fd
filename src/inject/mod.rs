//! Values for programs: variable names, the environment of a child, and starting it. It also searches files for leaked
//! values.
//!
//! This is the public entry of the room: only these names may be used from outside.

pub(crate) mod ci;
pub(crate) mod delivery;
pub(crate) mod document;
pub(crate) mod dotenv;
pub(crate) mod environment;
pub(crate) mod execute;
mod forbidden;
pub(crate) mod foreign;
pub mod import;
pub mod map;
pub(crate) mod quoted;
pub mod render;
pub(crate) mod scan;
pub mod serialize;
pub(crate) mod supervise;
pub mod variable;
