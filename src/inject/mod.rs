//! Values for programs: variable names, the environment of a child, and starting it. It also searches files for leaked
//! values.
//!
//! This is the public entry of the room: only these names may be used from outside.

pub mod ci;
pub mod delivery;
pub mod dotenv;
pub mod environment;
pub mod execute;
mod forbidden;
pub mod foreign;
pub mod import;
pub mod map;
pub mod private_file;
pub mod quoted;
pub mod render;
pub mod scan;
pub mod serialize;
pub mod supervise;
pub mod variable;
