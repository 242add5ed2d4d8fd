//! One request and its answer.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use serde_json::{Map, Value};

use crate::aws::error::Service;
use crate::serve::answer::Answer;
use crate::serve::call::{Call, Pace};
use crate::serve::caller::Caller;
use crate::serve::dispatch;
use crate::serve::fault::Fault;
use crate::serve::served::Served;

/// The largest body of a request, in bytes.
const BODY: usize = 1 << 20;

/// Answers one request.
pub(super) async fn exchange(served: Arc<Served>, request: Request<Incoming>) -> Response<Full<Bytes>> {
    match outcome(served, request).await {
        Ok(body) => respond(200, Bytes::from_owner(body)),
        Err(fault) => respond(fault.status, Bytes::from(fault.body())),
    }
}

async fn outcome(served: Arc<Served>, request: Request<Incoming>) -> Answer {
    let (head, body) = request.into_parts();
    let target = head.headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let unknown = || Fault::silent(Service::ParameterStore, "UnknownOperationException");
    let (operation, run) = dispatch::find(target).ok_or_else(unknown)?;
    let unreadable = || Fault::silent(operation.service, "SerializationException");
    let body = Limited::new(body, BODY).collect().await.map_err(|_| unreadable())?.to_bytes();
    let body: Map<String, Value> = serde_json::from_slice(&body).map_err(|_| unreadable())?;
    let member = served.last().vault.whoami().map_err(|error| Fault::of(&error, operation.service))?.name;
    let caller = Caller { access_key: "AKIA".into(), name: "open".into(), member, agent: String::new() };
    let region = "us-east-1";
    let call = move |served: &Served, body: &Map<String, Value>, caller: &Caller, pace| {
        let call = Call::new(served, operation, body, (caller, region), pace)?;
        let answer = run(&call);
        call.finish();
        answer
    };
    match call(&served, &body, &caller, Pace::Quick) {
        Err(fault) if fault.is_slow => {}
        answer => return answer,
    }
    let work = tokio::task::spawn_blocking(move || call(&served, &body, &caller, Pace::Full));
    work.await.unwrap_or_else(|_| Err(Fault { status: 500, ..Fault::silent(operation.service, "InternalFailure") }))
}

fn respond(status: u16, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert("content-type", hyper::header::HeaderValue::from_static("application/x-amz-json-1.1"));
    response
}
