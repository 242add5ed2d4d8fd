//! The clipboard of whoever sits at the terminal: found, filled, and cleared again.

pub(crate) mod clear;
pub(crate) mod error;
mod find;
mod osc52;
mod programs;
pub(crate) mod waiting;

pub(crate) use find::{Clipboard, find};
