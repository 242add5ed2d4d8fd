//! EDGE. The face: argv in, text or JSON and an exit code out.
//!
//! `ui` is the only writer and `prompt` the only asker; everything else returns data. `process` runs first in `main`.

pub mod count;
pub mod editor;
mod editor_program;
pub mod escape;
mod hidden_line;
pub mod json;
pub mod list;
pub mod moment;
pub mod palette;
mod private_file;
pub mod process;
pub mod prompt;
#[cfg(test)]
mod pseudo_terminal;
pub mod report;
pub mod signal;
pub mod table;
pub mod ui;
pub mod value_input;
