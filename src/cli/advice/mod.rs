//! Code, exit code and hints for what can go wrong, a file for each room or noun that it goes wrong in.

mod engine;
mod file;
mod hook;
mod inject;
mod input;
mod parameter;
mod secret;
mod store;
mod team;
mod unlock;

pub(crate) use self::engine::engine;
pub(crate) use self::file::private;
pub(crate) use self::hook::approval;
pub(crate) use self::inject::inject;
pub(crate) use self::input::{input, prompt};
pub(crate) use self::unlock::{create, unlock};

pub(crate) mod code {
    pub(crate) const OTHER: u8 = 1;
    pub(crate) const USAGE: u8 = 2;
    pub(crate) const NOT_FOUND: u8 = 3;
    pub(crate) const CONFLICT: u8 = 4;
    pub(crate) const LOCKED: u8 = 5;
    pub(crate) const TAMPERED: u8 = 6;
    pub(crate) const REFUSED: u8 = 7;
    pub(crate) const CHECK: u8 = 8;
    pub(crate) const HOOK: u8 = 9;
    pub(crate) const INPUT: u8 = 10;
    pub(crate) const INTERRUPTED: u8 = 130;
    pub(crate) const BEFORE_EXEC: u8 = 125;
}

/// Code for programs, exit code, and the commands to type next.
pub(crate) struct Advice {
    pub(crate) code: &'static str,
    pub(crate) exit: u8,
    pub(crate) hints: Vec<String>,
}

pub(crate) fn advice(code: &'static str, exit: u8, hints: &[&str]) -> Advice {
    Advice { code, exit, hints: hints.iter().map(|hint| (*hint).to_owned()).collect() }
}
