//! Hooks as child processes: one contract for each step of a rotation, and the strategies that come with the program.

pub mod message;
pub mod strategy;
