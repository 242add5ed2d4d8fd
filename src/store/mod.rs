//! Disk: everything the project reads and writes, and the only room that knows YAML.

pub mod config;
pub mod private;
