//! Running one step of a strategy.

use super::error::StrategyError;
use super::{database, http, mysql, postgres, random};
use crate::model::hook::{HookCall, Produced, Strategy};

/// Runs one step of a strategy. `create` gives the new value.
pub fn run(strategy: Strategy, call: &HookCall) -> Result<Option<Produced>, StrategyError> {
    match strategy {
        Strategy::Postgres => database::run(&postgres::Postgres::new(call), call),
        Strategy::Mysql => database::run(&mysql::Mysql::new(call), call),
        Strategy::Random => random::run(call),
        Strategy::Http => http::run(call),
    }
}
