//! One line for each request: without values, and without names of parameters and secrets.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

/// Is called with each request that was answered, and with each step of a rotation that failed.
pub(crate) type Log = Arc<dyn Fn(&Entry<'_>) + Send + Sync>;

/// A request that was answered.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Entry<'e> {
    /// When it was answered.
    pub time: String,
    /// `x-amzn-RequestId` of the answer.
    pub request_id: &'e str,
    /// What was called; empty if nothing is known by that name.
    pub operation: &'e str,
    /// The code of the error; empty if there was none.
    pub code: &'e str,
    pub status: u16,
    pub microseconds: u128,
    /// The access key id that the request claimed.
    pub access_key: &'e str,
    /// The region that the request claimed.
    pub region: &'e str,
    /// The address of the other side; empty for a Unix socket.
    pub peer: &'e str,
}

impl fmt::Display for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operation = if self.operation.is_empty() { "-" } else { self.operation };
        let code = if self.code.is_empty() { "OK" } else { self.code };
        let who = if self.access_key.is_empty() { "-" } else { self.access_key };
        write!(f, "{} {operation} {} {code} {} µs {who}", self.time, self.status, self.microseconds)
    }
}
