//! One request with its body: who signed it, and what answers it. It is tried with what is in memory, and run again with everything.

use std::sync::Arc;

use bytes::Bytes;
use hyper::header::HeaderValue;
use hyper::http::request::Parts;
use serde_json::{Map, Value};
use zeroize::Zeroize as _;

use super::guard::Asked;
use super::reply::Reply;
use crate::aws::error::Service;
use crate::engine::Error;
use crate::serve::cache_api::{self, CacheCall};
use crate::serve::call::{Call, Pace};
use crate::serve::caller::{Caller, Origin};
use crate::serve::dispatch::Run;
use crate::serve::fault::Fault;
use crate::serve::identify::{Denied, Signed, identify, identify_holder};
use crate::serve::operation::Operation;
use crate::serve::served::{Current, Served};
use crate::serve::server::{Admission, Server, TokenHolder};
use crate::serve::sign::{Claim, Head, Refusal, body_hash};
use crate::serve::sts;
use crate::serve::tally::Recorded;

/// What the extension calls its answers.
const JSON: &str = "application/json";
/// The longest name of a program in the log.
const AGENT: usize = 128;

/// A request that is complete.
pub(super) struct Job {
    server: Arc<Server>,
    head: Parts,
    asked: Asked,
    origin: Origin,
    claim: Result<Option<Claim>, Refusal>,
    hash: String,
    content: Content,
    request_id: String,
    recorded: Recorded,
}

enum Content {
    Json(Option<Map<String, Value>>),
    Form(Vec<(String, String)>),
}

impl Job {
    pub(super) fn new(
        server: Arc<Server>,
        head: Parts,
        (asked, origin): (Asked, Origin),
        body: Bytes,
        request_id: String,
    ) -> Self {
        let hash = body_hash(&body);
        let content = match asked {
            Asked::Query => Content::Form(sts::form(&body)),
            Asked::Cache(ref call, _) => Content::Json(Some(call.body.clone())),
            // A request without members may have no body at all.
            _ if body.is_empty() => Content::Json(Some(Map::new())),
            _ => Content::Json(serde_json::from_slice(&body).ok()),
        };
        if let Ok(mut body) = body.try_into_mut() {
            body.zeroize();
        }
        let claim = with_head(&head, |head| head.map_or(Err(unreadable()), |head| Claim::of(&head)));
        Job { server, head, asked, origin, claim, hash, content, request_id, recorded: Recorded::default() }
    }

    /// The name of the operation.
    pub(super) fn operation(&self) -> &'static str {
        match (&self.asked, &self.content) {
            (Asked::Json(operation, _), _) => operation.name,
            (Asked::Cache(call, _), _) => call.operation.name,
            (_, Content::Form(form)) => sts::operation(form),
            _ => "",
        }
    }

    /// Whether it waits for other writers.
    pub(super) fn is_write(&self) -> bool {
        matches!(self.asked, Asked::Json(operation, _) if operation.is_write())
    }

    /// The access key id and the region that the request claims.
    pub(super) fn claimed(&self) -> (&str, &str) {
        let claim = self.claim.as_ref().ok().and_then(Option::as_ref);
        claim.map_or(("", ""), |claim| (claim.access_key.as_str(), claim.scope().region))
    }

    /// The answer; `None` if a quick one is not possible.
    pub(super) fn attempt(&self, pace: Pace) -> Option<Reply> {
        match (&self.asked, &self.content) {
            (Asked::Json(operation, run), Content::Json(body)) => {
                match self.answer(*operation, *run, body.as_ref(), pace) {
                    Ok(body) => Some(Reply::new(super::reply::JSON, body)),
                    Err(fault) if fault.is_slow => None,
                    Err(fault) => Some(Reply::fault(&fault)),
                }
            }
            (Asked::Cache(call, holder), Content::Json(Some(body))) => self.answer_cache(call, holder, body, pace),
            (_, Content::Form(form)) => self.answer_form(form, pace),
            _ => Some(Reply::refused(400, "UnknownOperationException", "")),
        }
    }

    fn answer(
        &self,
        operation: Operation,
        run: Run,
        body: Option<&Map<String, Value>>,
        pace: Pace,
    ) -> Result<Bytes, Fault> {
        let service = operation.service;
        let refused = |refusal: Refusal| Fault::new(service, refusal.code, refusal.text);
        let (served, region) = self.vault().map_err(refused)?;
        let current = served.current().map_err(|error| Fault::of(&error, service))?;
        let caller = match self.identify((served, &current), service.as_str(), pace) {
            Ok(caller) => caller,
            Err(Denied::Slow) => return Err(Fault::slow()),
            Err(Denied::Refused(refusal)) => return Err(refused(refusal)),
            Err(Denied::Failed(error)) => return Err(Fault::of(&error, service)),
        };
        let body = body.ok_or_else(|| Fault::silent(service, "SerializationException"))?;
        let call = Call::new((served, current), operation, body, (&caller, &region), (pace, &self.recorded));
        let answer = run(&call);
        call.finish();
        answer.map(Bytes::from_owner)
    }

    /// The answer in the form of the extension: what comes out of the operation, called by the session of the token.
    fn answer_cache(
        &self,
        call: &CacheCall,
        TokenHolder { vault: served, region, access_key, held }: &TokenHolder,
        body: &Map<String, Value>,
        pace: Pace,
    ) -> Option<Reply> {
        let operation = call.operation;
        let (service, of) = (operation.service, |error: &Error| Fault::of(error, operation.service));
        let answer = served.current().map_err(|error| of(&error)).and_then(|current| {
            let holder = (access_key.as_str(), Arc::clone(held));
            let caller = identify_holder(served, &current, holder, pace).map_err(|denied| match denied {
                Denied::Slow => Fault::slow(),
                Denied::Refused(refusal) => Fault::new(service, refusal.code, refusal.text),
                Denied::Failed(error) => of(&error),
            })?;
            let caller = Caller { agent: self.agent(), origin: self.origin, ..caller };
            let made = Call::new((served, current), operation, body, (&caller, region), (pace, &self.recorded));
            let answer = (call.run)(&made);
            made.finish();
            answer
        });
        match answer {
            Ok(body) => Some(Reply::new(JSON, Bytes::from_owner(cache_api::reshaped(operation, body)))),
            Err(fault) if fault.is_slow => None,
            Err(fault) => {
                let body = Bytes::from(cache_api::failure(&fault));
                Some(Reply { status: fault.status, code: fault.code, ..Reply::new(JSON, body) })
            }
        }
    }

    /// The program, cut, for the log.
    fn agent(&self) -> String {
        let agent = self.head.headers.get("user-agent").and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        agent.chars().take(AGENT).collect()
    }

    fn answer_form(&self, form: &[(String, String)], pace: Pace) -> Option<Reply> {
        let reply =
            |(status, code, text): (u16, &'static str, String)| sts::failure((status, code, text), &self.request_id);
        let outcome = self.vault().map_err(sts::refusal).and_then(|(served, _)| {
            let current = served.current().map_err(|_| sts::unavailable())?;
            match self.identify((served, &current), "sts", pace) {
                Ok(caller) => sts::run(served, &current, &caller, form).map(Some),
                Err(Denied::Slow) => Ok(None),
                Err(Denied::Refused(refusal)) => Err(sts::refusal(refusal)),
                Err(Denied::Failed(_)) => Err(sts::unavailable()),
            }
        });
        match outcome {
            Ok(None) => None,
            Ok(Some(result)) => {
                Some(Reply::new(sts::XML, sts::success(sts::operation(form), &result, &self.request_id).into()))
            }
            Err(error) => {
                let (status, code) = (error.0, error.1);
                Some(Reply { status, code, ..Reply::new(sts::XML, reply(error).into()) })
            }
        }
    }

    /// The vault of the region that was signed for, and that region.
    fn vault(&self) -> Result<(&Arc<Served>, String), Refusal> {
        let claim = self.claim.as_ref().map_err(Clone::clone)?;
        if let Some(claim) = claim {
            let region = claim.scope().region;
            return Ok((self.server.vault_of(region).ok_or_else(Refusal::region)?, region.to_owned()));
        }
        Ok((&self.server.vault, self.server.own_region()))
    }

    fn identify(&self, (served, current): (&Served, &Current), service: &str, pace: Pace) -> Result<Caller, Denied> {
        let claim = self.claim.as_ref().map_err(|refusal| Denied::Refused(refusal.clone()))?.as_ref();
        with_head(&self.head, |head| {
            let head = head.ok_or_else(unreadable)?;
            let is_open = self.server.admission == Admission::Open;
            let signed = Signed { claim, head, body_hash: &self.hash, service, is_open };
            let caller = identify(served, current, &signed, pace)?;
            Ok(Caller { agent: self.agent(), origin: self.origin, ..caller })
        })
    }
}

/// Values are wiped as soon as they are not needed.
impl Drop for Job {
    fn drop(&mut self) {
        if let Content::Json(Some(body)) = &mut self.content {
            body.values_mut().for_each(wipe);
        }
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(values) => values.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        _ => {}
    }
}

fn unreadable() -> Refusal {
    Refusal::incomplete("The headers of the request are not text.")
}

/// Does something with the head of a request as it is signed; `None` if a header is not text.
fn with_head<T>(head: &Parts, act: impl FnOnce(Option<Head<'_>>) -> T) -> T {
    let text = |value| std::str::from_utf8(HeaderValue::as_bytes(value)).ok();
    let headers = head.headers.iter().map(|(name, value)| Some((name.as_str(), text(value)?)));
    let Some(headers) = headers.collect::<Option<Vec<_>>>() else { return act(None) };
    let (method, query) = (head.method.as_str(), head.uri.query().unwrap_or_default());
    act(Some(Head { method, path: "/", query, headers: &headers }))
}

/// The answer to a request that made the server fail.
pub(super) fn failed(asked: Service) -> Reply {
    Reply::fault(&Fault { status: 500, ..Fault::silent(asked, "InternalFailure") })
}
