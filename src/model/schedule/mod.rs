//! When a secret is rotated: every N days, at a rate, or by a cron expression; always in UTC
//! (secrets-manager §8, RotationRules).
//!
//! A schedule opens windows. A rotation is due in the first window that opens after the last success, and stays due
//! until it succeeds.

mod cron;
mod error;
mod field;
mod rate;
mod rules;
mod schedule;
mod window;

pub(crate) use self::error::ScheduleError;
pub(crate) use self::rules::Rules;
pub(crate) use self::schedule::Schedule;
pub(crate) use self::window::Window;
