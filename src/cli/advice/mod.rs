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

pub(super) use self::engine::engine;
pub(super) use self::file::private;
pub(super) use self::hook::approval;
pub(super) use self::inject::inject;
pub(super) use self::input::{input, prompt};
pub(super) use self::unlock::{create, unlock};

pub(super) mod code {
    pub(in crate::cli) const OTHER: u8 = 1;
    pub(in crate::cli) const USAGE: u8 = 2;
    pub(in crate::cli) const NOT_FOUND: u8 = 3;
    pub(in crate::cli) const CONFLICT: u8 = 4;
    pub(in crate::cli) const LOCKED: u8 = 5;
    pub(in crate::cli) const TAMPERED: u8 = 6;
    pub(in crate::cli) const REFUSED: u8 = 7;
    pub(in crate::cli) const CHECK: u8 = 8;
    pub(in crate::cli) const HOOK: u8 = 9;
    pub(in crate::cli) const INPUT: u8 = 10;
    pub(in crate::cli) const INTERRUPTED: u8 = 130;
    pub(in crate::cli) const BEFORE_EXEC: u8 = 125;
}

/// Code for programs, exit code, and the commands to type next.
pub(super) struct Advice {
    pub(super) code: &'static str,
    pub(super) exit: u8,
    pub(super) hints: Vec<String>,
}

pub(super) fn advice(code: &'static str, exit: u8, hints: &[&str]) -> Advice {
    Advice { code, exit, hints: hints.iter().map(|hint| (*hint).to_owned()).collect() }
}
