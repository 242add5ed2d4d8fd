//! EDGE. The face: argv in, text or JSON and an exit code out.
//!
//! One file for each subcommand, named like it. `context` is the only reader of the environment and the clock, `ui` the
//! only writer, `prompt` the only asker, `error` the one place that gives errors their hints and exit codes. `process` runs
//! first.

mod accept;
#[cfg(test)]
mod access_tests;
mod adopt;
mod advice;
mod agent;
mod agent_serve;
mod ask;
mod backup;
mod backup_file;
mod checkpoint;
mod ci;
mod completions;
mod context;
pub mod count;
mod date;
mod deferred;
mod document_name;
pub mod editor;
mod editor_program;
mod error;
pub mod escape;
mod exec;
mod explain;
mod export;
mod git;
mod global;
mod hidden_line;
mod import;
mod in_editor;
mod init;
mod introduce;
pub mod json;
mod key;
mod label;
pub mod list;
mod lock;
mod man;
mod member;
pub mod moment;
mod must_rotate;
mod new_identity;
pub mod palette;
mod param;
pub mod process;
pub mod prompt;
#[cfg(test)]
mod pseudo_terminal;
mod refused;
mod render;
pub mod report;
mod restore;
mod rotate;
mod run;
mod scan;
mod secret;
pub mod signal;
mod sources;
mod status;
mod strategy;
mod supervise;
pub mod table;
mod tag_changes;
mod tick;
mod timer;
mod tour;
mod tree;
mod trust;
pub mod ui;
mod unlock;
mod unread;
pub mod value_input;
mod value_source;
mod verify;
mod watch;

pub use run::main;
pub use tree::Cli;
