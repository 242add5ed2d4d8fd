//! The line of a request in the log, and its place in the metrics: every one has them, whatever becomes of it.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use super::job::Job;
use super::reply::Reply;
use crate::serve::log::Entry;
use crate::serve::server::Server;

/// A request that is logged and counted when this is dropped.
pub(super) struct Record {
    server: Arc<Server>,
    request_id: Arc<str>,
    peer: Option<IpAddr>,
    began: Instant,
    job: Option<Arc<Job>>,
    status: u16,
    code: &'static str,
}

impl Record {
    /// A request has begun. Until it is known how it ended, its client is the first who can have left.
    pub(super) fn new(server: Arc<Server>, request_id: Arc<str>, peer: Option<IpAddr>) -> Self {
        let began = Instant::now();
        Record { server, request_id, peer, began, job: None, status: 499, code: "ClientClosedRequest" }
    }

    /// What it asks for is known.
    pub(super) fn is_about(&mut self, job: &Arc<Job>) {
        self.job = Some(Arc::clone(job));
    }

    /// It ends with this answer.
    pub(super) fn end(&mut self, reply: &Reply) {
        self.status = reply.status;
        // An answer in plain text has no code of AWS.
        self.code = if reply.code.is_empty() && reply.status >= 400 { "Refused" } else { reply.code };
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let (server, took) = (&self.server, self.began.elapsed());
        let operation = self.job.as_ref().map_or("", |job| job.operation());
        let (access_key, region) = self.job.as_ref().map_or(("", ""), |job| job.claimed());
        server.metrics.count(operation, self.code, took);
        (server.log)(&Entry {
            time: (server.vault.clock)().to_string(),
            request_id: &self.request_id,
            operation,
            code: self.code,
            status: self.status,
            microseconds: took.as_micros(),
            access_key,
            region,
            peer: &self.peer.map(|peer| peer.to_string()).unwrap_or_default(),
        });
    }
}
