//! Running one step of a strategy.

use super::error::StrategyError;
use super::options::{Options, Users, new_password, users};
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

/// What is wrong with options of the right names and forms, as far as it can be known before a call.
pub(crate) fn check(strategy: Strategy, options: &Options, has_admin: bool) -> Result<(), StrategyError> {
    match strategy {
        Strategy::Random => new_password(options, "").map(drop),
        Strategy::Http => http::check(options),
        Strategy::Postgres | Strategy::Mysql => {
            new_password(options, "")?;
            match users(options)? {
                Users::Alternating if has_admin => Ok(()),
                Users::Alternating => Err(StrategyError::NoAdmin),
                Users::Single => {
                    let unused = ["clone", "username_limit"].into_iter().find(|name| options.contains_key(*name));
                    unused.map_or(Ok(()), |name| Err(StrategyError::Unused(name)))
                }
            }
        }
    }
}
