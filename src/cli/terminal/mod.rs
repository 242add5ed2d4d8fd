//! The terminal: what is written, what is asked, and how it looks.

pub(crate) mod ask;
mod asking;
pub(crate) mod editor;
mod editor_program;
pub mod escape;
mod hidden_line;
pub(crate) mod page;
pub(crate) mod pager;
pub(crate) mod palette;
pub(crate) mod picker;
pub(crate) mod prompt;
#[cfg(test)]
pub(crate) mod pseudo_terminal;
pub(crate) mod qr;
mod shown_line;
pub(crate) mod signal;
pub(crate) mod table;
pub(crate) mod ui;
mod wrap;

pub(crate) use self::page::{Page, Report};
pub(crate) use self::palette::Meaning;
pub(crate) use self::prompt::Question;
pub(crate) use self::table::Table;
