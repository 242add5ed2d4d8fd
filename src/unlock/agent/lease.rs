//! What an agent holds, and for how long.

use std::time::Duration;

/// The longest identity that an agent holds, in bytes.
pub(crate) const HELD_LIMIT: usize = 16 * 1024;

/// How long an agent keeps what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lease {
    /// From the beginning.
    pub total: Duration,
    /// From its last use.
    pub idle: Duration,
}

/// The longest time that an agent keeps it: thirty days.
pub(crate) const LONGEST_LEASE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

impl Default for Lease {
    fn default() -> Self {
        Lease { total: Duration::from_secs(8 * 60 * 60), idle: Duration::from_secs(30 * 60) }
    }
}

/// What is left of a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Left {
    /// Seconds until it ends.
    pub total: u64,
    /// Seconds until it ends if nobody uses it.
    pub idle: u64,
    /// The agent's process.
    pub process: u32,
}
