//! Strategies that come with the program: `builtin:postgres`, `builtin:mysql`, `builtin:random` and `builtin:http`.
//!
//! A strategy is a hook like any other and runs in a process of its own: client libraries keep copies of passwords that
//! nobody wipes, and such a process ends after one step. Every step may be repeated after it was killed at any point.

mod database;
mod error;
mod grant;
mod http;
mod mysql;
mod options;
mod postgres;
mod random;
mod secret;
mod server;
mod tls;

use crate::model::hook::{HookCall, Produced, Strategy};

pub use error::{StrategyError, Version};
pub use server::ServerError;

/// Runs one step of a strategy. `create` gives the new value.
pub fn run(strategy: Strategy, call: &HookCall) -> Result<Option<Produced>, StrategyError> {
    match strategy {
        Strategy::Postgres => database::run(&postgres::Postgres::new(call), call),
        Strategy::Mysql => database::run(&mysql::Mysql, call),
        Strategy::Random => random::run(call),
        Strategy::Http => http::run(call),
    }
}
