//! Built-in strategies: `builtin:postgres`, `builtin:mysql`, `builtin:random` and `builtin:http`.
//!
//! A strategy is a hook like any other and runs in a process of its own: client libraries keep copies of passwords that
//! nobody wipes, and such a process ends after one step. Every step may be repeated after it was killed at any point.

mod database;
mod error;
mod grant;
mod http;
mod invoke;
mod mysql;
mod options;
mod postgres;
mod random;
mod run;
mod secret;
mod server;
mod tls;

pub use self::error::StrategyError;
pub(in crate::hook) use self::http::config;
pub(crate) use self::invoke::{Invocation, RotationEvent};
pub(crate) use self::options::declared;
pub(crate) use self::run::check;
pub use self::run::run;
pub(in crate::hook) use self::tls::Tls;
