//! One request and its answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Request, Response};

use super::body::{self, BodyFault};
use super::gate::Gate;
use super::guard::{Asked, asked, is_chunked, too_large};
use super::job::{Job, failed};
use super::reply::Reply;
use crate::aws::error::Service;
use crate::engine::Error;
use crate::serve::call::Pace;
use crate::serve::fault::Fault;
use crate::serve::log::Entry;
use crate::serve::request_id::request_id;
use crate::serve::server::Server;

/// How long a request that writes waits for its turn.
const TURN: Duration = Duration::from_secs(30);

/// Answers one request.
pub(super) async fn exchange(server: Arc<Server>, gate: &Gate, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (began, request_id) = (Instant::now(), request_id());
    let (job, reply) = outcome(&server, gate, request, &request_id).await;
    gate.end();
    let (status, took) = (reply.status, began.elapsed());
    // An answer in plain text has no code of AWS.
    let code = if reply.code.is_empty() && status >= 400 { "Refused" } else { reply.code };
    let operation = job.as_ref().map_or("", |job| job.operation());
    let (access_key, region) = job.as_ref().map_or(("", ""), |job| job.claimed());
    server.metrics.count(operation, code, took);
    (server.log)(&Entry {
        time: (server.vault.clock)().to_string(),
        request_id: &request_id,
        operation,
        code,
        status,
        microseconds: took.as_micros(),
        access_key,
        region,
        peer: &gate.origin.peer.map(|peer| peer.to_string()).unwrap_or_default(),
    });
    reply.response(&request_id)
}

async fn outcome(
    server: &Arc<Server>,
    gate: &Gate,
    request: Request<Incoming>,
    request_id: &str,
) -> (Option<Arc<Job>>, Reply) {
    let (head, body) = request.into_parts();
    let asked = match asked(&head, gate, server) {
        Ok(Asked::Health) => return (None, health(server)),
        Ok(Asked::Metrics) => return (None, metrics(server)),
        Ok(Asked::Ping) => return (None, Reply::plain(200, "healthy".to_owned())),
        Ok(asked) => asked,
        Err(reply) => return (None, reply),
    };
    let (service, is_chunked) = (service(&asked), is_chunked(&head));
    let body = match tokio::time::timeout(gate.transfer(), body::read(body)).await {
        Ok(Ok(body)) => body,
        Ok(Err(BodyFault::TooLarge)) => return (None, too_large()),
        Ok(Err(BodyFault::Broken)) => {
            return (None, Reply::refused(400, "SerializationException", "the body of the request is broken").last());
        }
        Err(_) => return (None, Reply::refused(408, "RequestTimeoutException", "the body took too long").last()),
    };
    let job = Arc::new(Job::new(Arc::clone(server), head, (asked, gate.origin), body, request_id.to_owned()));
    let reply = answer(server, &job, service).await;
    // A client that uses chunks may also have stated a length, for somebody on the way who believes that.
    (Some(job), if is_chunked { reply.last() } else { reply })
}

async fn answer(server: &Server, job: &Arc<Job>, service: Service) -> Reply {
    if let Some(reply) = job.attempt(Pace::Quick) {
        server.metrics.count_quick();
        return reply;
    }
    let turn = if job.is_write() {
        let turn = tokio::time::timeout(TURN, Arc::clone(&server.writers).acquire_owned()).await;
        let Ok(turn) = turn else { return Reply::fault(&Fault::of(&Error::Busy, service)) };
        turn.ok()
    } else {
        None
    };
    let again = Arc::clone(job);
    let reply = tokio::task::spawn_blocking(move || {
        // It lasts as long as the work, also if the client has gone away.
        let _turn = turn;
        again.attempt(Pace::Full)
    })
    .await;
    reply.ok().flatten().unwrap_or_else(|| failed(service))
}

fn service(asked: &Asked) -> Service {
    if let Asked::Json(operation, _) = asked { operation.service } else { Service::ParameterStore }
}

fn health(server: &Server) -> Reply {
    let (status, text) = if server.is_healthy() { (200, "ok\n") } else { (503, "the vault cannot be read\n") };
    Reply { status, ..Reply::new("text/plain; charset=utf-8", Bytes::from_static(text.as_bytes())) }
}

fn metrics(server: &Server) -> Reply {
    Reply::new("application/openmetrics-text; version=1.0.0; charset=utf-8", server.metrics.text().into())
}
