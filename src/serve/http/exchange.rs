//! One request and its answer.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Request, Response};

use super::body::{self, BodyFault};
use super::gate::Gate;
use super::guard::{is_chunked, task, too_large};
use super::job::Job;
use super::record::Record;
use super::reply::Reply;
use crate::engine::Error;
use crate::serve::call::Pace;
use crate::serve::fault::Fault;
use crate::serve::request_id::request_id;
use crate::serve::server::Server;

/// How long a request that writes waits for its turn.
const TURN: Duration = Duration::from_secs(30);

pub(super) async fn exchange(server: Arc<Server>, gate: &Gate, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let request_id: Arc<str> = request_id().into();
    let mut record = Record::new(Arc::clone(&server), Arc::clone(&request_id), gate.origin.peer);
    let reply = match job(Arc::clone(&server), gate, request, &request_id).await {
        Ok((job, is_chunked)) => {
            record.is_about(&job);
            let reply = answer(&server, job, record).await;
            // A client that uses chunks may also have stated a length, for somebody on the way who believes that.
            if is_chunked { reply.last() } else { reply }
        }
        Err(reply) => {
            record.end(&reply);
            reply
        }
    };
    gate.end();
    reply.response(&request_id)
}

/// The request with its body, and whether that came in chunks; or the answer, if it takes no more than that.
async fn job(
    server: Arc<Server>,
    gate: &Gate,
    request: Request<Incoming>,
    request_id: &Arc<str>,
) -> Result<(Arc<Job>, bool), Reply> {
    let (head, body) = request.into_parts();
    let (task, is_chunked) = (task(&head, gate, &server)?, is_chunked(&head));
    let body = match tokio::time::timeout(gate.transfer(), body::read(body)).await {
        Ok(Ok(body)) => body,
        Ok(Err(BodyFault::TooLarge)) => return Err(too_large()),
        Ok(Err(BodyFault::Broken)) => {
            return Err(Reply::refused(400, "SerializationException", "the body of the request is broken").last());
        }
        Err(_) => return Err(Reply::refused(408, "RequestTimeoutException", "the body took too long").last()),
    };
    Ok((Arc::new(Job::new(server, head, task, gate.origin, body, Arc::clone(request_id))), is_chunked))
}

async fn answer(server: &Server, job: Arc<Job>, mut record: Record) -> Reply {
    if let Ok(reply) = job.attempt(Pace::Quick) {
        server.metrics.count_quick();
        record.end(&reply);
        return reply;
    }
    let service = job.service();
    let turn = if job.is_write() {
        let turn = tokio::time::timeout(TURN, Arc::clone(&server.writers).acquire_owned()).await;
        let Ok(turn) = turn else {
            let reply = Reply::fault(&Fault::of(&Error::Busy, service));
            record.end(&reply);
            return reply;
        };
        turn.ok()
    } else {
        None
    };
    let failed = move || Reply::fault(&Fault { status: 500, ..Fault::silent(service, "InternalFailure") });
    let work = tokio::task::spawn_blocking(move || {
        // Both last as long as the work, also if the client has gone away.
        let (_turn, mut record) = (turn, record);
        // It stays so if the work panics.
        record.end(&failed());
        let reply = job.attempt(Pace::Full).unwrap_or_else(|_| failed());
        record.end(&reply);
        reply
    });
    work.await.unwrap_or_else(|_| failed())
}
