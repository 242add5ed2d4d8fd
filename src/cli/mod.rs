//! EDGE. The face: argv in, text or JSON and an exit code out.
//!
//! One file for each subcommand, named like it. `context` is the only reader of the environment and the clock, `ui` the
//! only writer, `prompt` the only asker, `error` the one place that gives errors their hints and exit codes.

mod context;
mod error;
mod exec;
mod global;
mod init;
mod introduce;
mod label;
mod param;
mod run;
mod status;
mod tree;
mod verify;

pub use run::main;
pub use tree::Cli;
