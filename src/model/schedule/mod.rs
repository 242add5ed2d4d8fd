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

pub use self::cron::Cron;
pub use self::error::{CronField, ScheduleError};
pub use self::rate::{Days, Rate};
pub use self::rules::Rules;
pub use self::schedule::Schedule;
pub use self::window::{Window, WindowError};
