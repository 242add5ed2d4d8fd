//! How much and how long.

use std::time::Duration;

/// The largest body of a request, in bytes.
pub(super) const BODY: usize = 1 << 20;
/// The largest head of a request, in bytes.
pub(super) const HEAD: usize = 64 << 10;

/// Limits that can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// How many connections there are at most. Others wait.
    pub connections: usize,
    /// How many of them may use the API of AWS's extension and agent. Others are refused.
    pub cache_connections: usize,
    /// How long a connection may be open without a request.
    pub idle: Duration,
    /// How long the head of a request may take, then its body, and then sending the answer.
    pub transfer: Duration,
    /// How long requests in flight have to finish once the server ends.
    pub shutdown: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Limits {
            connections: 1024,
            cache_connections: 800,
            idle: seconds(120),
            transfer: seconds(20),
            shutdown: seconds(10),
        }
    }
}
