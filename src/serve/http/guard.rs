//! What the head of a request must be, before anything else of it is looked at. A page in a browser can reach loopback too.

use std::net::IpAddr;

use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST, TRANSFER_ENCODING};
use hyper::http::request::Parts;
use hyper::{Method, Version};

use super::gate::{Api, Gate};
use super::limits::BODY;
use super::reply::Reply;
use crate::aws::error::Service;
use crate::serve::cache_api::{self, CacheCall, CacheRequest};
use crate::serve::call::Operation;
use crate::serve::dispatch;
use crate::serve::fault::Fault;
use crate::serve::server::{Server, TokenHolder};

/// What a request asks for.
pub(super) enum Task {
    /// An operation in JSON 1.1.
    Json(Operation),
    /// A value, by somebody who has a token of a session.
    Cache(CacheCall, TokenHolder),
    /// An operation of the query protocol, which its body names.
    Query,
}

/// Headers of browsers and proxies.
const FOREIGN: [&str; 4] = ["origin", "referer", "forwarded", "sec-fetch-site"];

/// How many connections may ask whether the server is there, when no more may ask for values.
const SPARE: usize = 2;

/// What a request asks for, if its head is one that a client of AWS sends; the answer, if the head is all that it takes.
pub(super) fn task(head: &Parts, gate: &Gate, server: &Server) -> Result<Task, Reply> {
    if gate.begin() {
        let text = "the request has both Content-Length and Transfer-Encoding";
        return Err(Reply::refused(400, "ValidationException", text).last());
    }
    if head.version != Version::HTTP_11 {
        return Err(Reply::refused(505, "ValidationException", "only HTTP/1.1 is spoken here").last());
    }
    host(head, gate, server)?;
    if gate.api == Api::Cache || cache_api::is_cache_api(head) {
        return cache(head, gate, server);
    }
    let is_foreign = |name: &str| FOREIGN.contains(&name) || name.starts_with("x-forwarded-");
    if let Some(name) = head.headers.keys().find(|name| is_foreign(name.as_str())) {
        let text = format!("requests of browsers and proxies are refused: the request has the header {name}");
        return Err(Reply::refused(403, "AccessDeniedException", &text));
    }
    match (&head.method, head.uri.path()) {
        (&Method::GET, "/healthz") => return Err(health(server)),
        (&Method::GET, "/metrics") => return Err(metrics(server)),
        (&Method::POST, "/") => {}
        (&Method::POST, _) => return Err(unknown(404, "only POST / is answered")),
        _ => return Err(unknown(405, "only POST / is answered")),
    }
    length(head)?;
    protocol(head)
}

fn health(server: &Server) -> Reply {
    let (status, text) = if server.is_healthy() { (200, "ok\n") } else { (503, "the vault cannot be read\n") };
    Reply::plain(status, text.to_owned())
}

fn metrics(server: &Server) -> Reply {
    Reply::new("application/openmetrics-text; version=1.0.0; charset=utf-8", server.metrics.text().into())
}

fn cache(head: &Parts, gate: &Gate, server: &Server) -> Result<Task, Reply> {
    let mut holder = None;
    let is_known = |token: &str| {
        holder = server.holder_of(token);
        holder.is_some()
    };
    let is_full = !gate.is_admitted(if cache_api::is_ping(head) { SPARE } else { 0 });
    let request = if is_full { Err(cache_api::too_many()) } else { cache_api::read(head, is_known) };
    match (request, holder) {
        (Ok(CacheRequest::Ping), _) => Err(Reply::plain(200, "healthy".to_owned())),
        (Ok(CacheRequest::Value(call)), Some(holder)) => Ok(Task::Cache(call, holder)),
        (Ok(CacheRequest::Value(_)), None) => Err(Reply::plain(403, "Bad Token".to_owned())),
        (Err(refusal), _) => {
            let reply = match refusal.code {
                Some(code) => Reply::refused(refusal.status, code, &refusal.text),
                None => Reply::plain(refusal.status, refusal.text),
            };
            // Its place is for somebody else.
            Err(if is_full { reply.last() } else { reply })
        }
    }
}

fn protocol(head: &Parts) -> Result<Task, Reply> {
    let content_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = content_type.split(';').next().unwrap_or_default().trim();
    if media.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Ok(Task::Query);
    }
    if !media.eq_ignore_ascii_case(super::reply::JSON) {
        return Err(unknown(400, "the Content-Type must be application/x-amz-json-1.1"));
    }
    let mut targets = head.headers.get_all("x-amz-target").iter();
    let target = targets.next().filter(|_| targets.next().is_none()).and_then(|value| value.to_str().ok());
    let unknown = || Fault::silent(Service::ParameterStore, "UnknownOperationException");
    target.and_then(dispatch::find).map(Task::Json).ok_or_else(|| Reply::fault(&unknown()))
}

fn length(head: &Parts) -> Result<(), Reply> {
    // A client that waits for permission to send need not send it; others read the answer only when they have.
    let waits = head.headers.contains_key(EXPECT);
    let stated = head.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if waits && stated.is_some_and(|length| length > BODY) { Err(too_large()) } else { Ok(()) }
}

/// A body that is too large.
pub(super) fn too_large() -> Reply {
    Reply::refused(413, "RequestEntityTooLargeException", "the request is larger than 1,048,576 bytes").last()
}

/// Whether the body comes in chunks.
pub(super) fn is_chunked(head: &Parts) -> bool {
    head.headers.contains_key(TRANSFER_ENCODING)
}

fn unknown(status: u16, text: &str) -> Reply {
    Reply::refused(status, "UnknownOperationException", text)
}

/// The request must name this server: another name may be one that somebody else's DNS lets point here.
fn host(head: &Parts, gate: &Gate, server: &Server) -> Result<(), Reply> {
    let mut hosts = head.headers.get_all(HOST).iter();
    let host = hosts.next().filter(|_| hosts.next().is_none()).and_then(|value| value.to_str().ok());
    let Some(host) = host else {
        return Err(Reply::refused(400, "ValidationException", "the request must have one Host header").last());
    };
    if head.uri.authority().is_some_and(|authority| authority.as_str() != host) {
        let text = "the request names one host in its first line and another one in Host";
        return Err(Reply::refused(400, "ValidationException", text).last());
    }
    let (name, port) = split(host);
    let is_known = server.hosts.iter().any(|known| known.eq_ignore_ascii_case(name));
    let own = gate.local;
    let is_port = |own: u16| port.map_or(own == 80 || own == 443, |port| port == own.to_string());
    let is_own = is_loopback(name) || own.is_some_and(|own| address(name) == Some(own.ip()));
    if is_known || is_own && own.is_none_or(|own| is_port(own.port())) {
        return Ok(());
    }
    let text = "the Host header names another server; `vault serve --host NAME` accepts one more name";
    Err(Reply::refused(403, "AccessDeniedException", text))
}

fn split(host: &str) -> (&str, Option<&str>) {
    match host.rsplit_once(':') {
        Some((name, port)) if !name.is_empty() && (!name.contains(':') || name.ends_with(']')) => (name, Some(port)),
        _ => (host, None),
    }
}

fn is_loopback(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost") || address(name).is_some_and(|ip| ip.is_loopback())
}

fn address(name: &str) -> Option<IpAddr> {
    name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_taken_apart() {
        for (host, parts) in [
            ("localhost:7777", ("localhost", Some("7777"))),
            ("localhost", ("localhost", None)),
            ("[::1]:80", ("[::1]", Some("80"))),
            ("[::1]", ("[::1]", None)),
            ("::1", ("::1", None)),
            (":80", (":80", None)),
        ] {
            assert_eq!(split(host), parts, "{host}");
        }
        for (name, is) in [
            ("LOCALHOST", true),
            ("127.9.9.9", true),
            ("[::1]", true),
            ("localhost.evil.org", false),
            ("10.0.0.1", false),
        ] {
            assert_eq!(is_loopback(name), is, "{name}");
        }
    }
}
