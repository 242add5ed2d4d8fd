//! What is counted, as OpenMetrics. Never names of parameters and secrets.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::locked::locked;

/// Upper bounds of the histogram, in microseconds.
const BOUNDS: [u64; 10] = [50, 100, 250, 1_000, 2_500, 10_000, 50_000, 250_000, 1_000_000, 10_000_000];

/// Counters since the server began.
#[derive(Default)]
pub(crate) struct Metrics {
    requests: Mutex<BTreeMap<(&'static str, &'static str), u64>>,
    buckets: [AtomicU64; BOUNDS.len()],
    microseconds: AtomicU64,
    answered: AtomicU64,
    /// Answers that were in memory.
    quick: AtomicU64,
    connections: AtomicU64,
    accepted: AtomicU64,
}

impl Metrics {
    /// A request was answered: of an operation, with a code or none, after some time.
    pub(crate) fn count(&self, operation: &'static str, code: &'static str, took: Duration) {
        let code = if code.is_empty() { "OK" } else { code };
        *locked(&self.requests).entry((operation, code)).or_default() += 1;
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        for (bucket, _) in self.buckets.iter().zip(BOUNDS).filter(|(_, bound)| micros <= *bound) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.microseconds.fetch_add(micros, Ordering::Relaxed);
        self.answered.fetch_add(1, Ordering::Relaxed);
    }

    /// An answer was in memory.
    pub(crate) fn count_quick(&self) {
        self.quick.fetch_add(1, Ordering::Relaxed);
    }

    /// A connection begins; it ends when what this returns is dropped.
    pub(crate) fn connection(&self) -> Connection<'_> {
        self.accepted.fetch_add(1, Ordering::Relaxed);
        self.connections.fetch_add(1, Ordering::Relaxed);
        Connection(self)
    }

    /// Everything, in the text format of OpenMetrics.
    pub(crate) fn text(&self) -> String {
        let mut text = String::from("# TYPE vault_requests counter\n# HELP vault_requests Answered requests.\n");
        for ((operation, code), count) in &*locked(&self.requests) {
            let operation = if operation.is_empty() { "unknown" } else { operation };
            let _ = writeln!(text, "vault_requests_total{{operation=\"{operation}\",code=\"{code}\"}} {count}");
        }
        text += "# TYPE vault_request_seconds histogram\n# UNIT vault_request_seconds seconds\n";
        for (bucket, bound) in self.buckets.iter().zip(BOUNDS) {
            let count = bucket.load(Ordering::Relaxed);
            let _ = writeln!(text, "vault_request_seconds_bucket{{le=\"{}\"}} {count}", seconds(bound));
        }
        let (answered, sum) =
            (self.answered.load(Ordering::Relaxed), seconds(self.microseconds.load(Ordering::Relaxed)));
        let _ = writeln!(text, "vault_request_seconds_bucket{{le=\"+Inf\"}} {answered}");
        let _ = writeln!(text, "vault_request_seconds_sum {sum}\nvault_request_seconds_count {answered}");
        for (name, kind, suffix, counter) in [
            ("vault_answers_from_memory", "counter", "_total", &self.quick),
            ("vault_connections", "gauge", "", &self.connections),
            ("vault_connections_accepted", "counter", "_total", &self.accepted),
        ] {
            let _ = writeln!(text, "# TYPE {name} {kind}\n{name}{suffix} {}", counter.load(Ordering::Relaxed));
        }
        text + "# EOF\n"
    }
}

/// A connection that is counted.
pub(crate) struct Connection<'m>(&'m Metrics);

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

fn seconds(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_is_in_every_bucket_from_its_own() {
        let metrics = Metrics::default();
        metrics.count("GetParameter", "", Duration::from_micros(80));
        metrics.count("GetParameter", "ParameterNotFound", Duration::from_secs(20));
        let connection = metrics.connection();
        let text = metrics.text();
        for line in [
            "vault_requests_total{operation=\"GetParameter\",code=\"OK\"} 1",
            "vault_requests_total{operation=\"GetParameter\",code=\"ParameterNotFound\"} 1",
            "vault_request_seconds_bucket{le=\"0.000050\"} 0",
            "vault_request_seconds_bucket{le=\"0.000100\"} 1",
            "vault_request_seconds_bucket{le=\"+Inf\"} 2",
            "vault_request_seconds_sum 20.000080",
            "vault_connections 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
        drop(connection);
        assert!(metrics.text().contains("\nvault_connections 0\n"));
    }
}
