//! A list to choose from on the terminal, narrowed down by what is typed.

mod frame;
mod keys;
mod matching;
mod picker;
mod query;

pub(crate) use picker::pick;
