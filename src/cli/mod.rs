//! The command line: argv in, text or JSON and an exit code out.
//!
//! Public entry of the room: only the names that are `pub` here may be used from outside.
//!
//! A command is in the file of `commands` that is called like it: `vault param get` in `commands/param/get.rs`. `env` is the only
//! reader of the environment and the clock, `terminal::ui` the only writer, `terminal::prompt` the only asker, `error` the one
//! place that gives errors their hints and exit codes. `process` runs first.

#[cfg(test)]
mod access_tests;
mod advice;
mod agent;
mod audit;
mod branch;
mod clash;
mod cli;
mod clipboard;
mod commands;
mod context;
mod deferred;
mod env;
mod error;
mod events;
mod exit;
mod first_use;
mod freshness;
mod git;
mod global;
mod held;
mod help;
mod input;
mod missing_name;
mod mistakes;
mod process;
mod replicas;
pub mod report;
mod run;
mod served;
mod session;
pub mod terminal;
mod usage;

pub use run::main;
