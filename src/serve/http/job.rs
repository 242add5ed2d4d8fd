//! One request with its body: who signed it, and what answers it. It is tried with what is in memory, and run again with everything.

use std::sync::Arc;

use bytes::Bytes;
use hyper::header::HeaderValue;
use hyper::http::request::Parts;
use serde_json::{Map, Value};
use zeroize::Zeroize as _;

use super::guard::Task;
use super::reply::{self, Reply};
use crate::aws::error::Service;
use crate::serve::answer::Answer;
use crate::serve::cache_api::{self, CacheCall};
use crate::serve::call::{Call, Operation, Pace, Request, current};
use crate::serve::caller::{Caller, Origin};
use crate::serve::fault::Fault;
use crate::serve::identify::{Signed, identify, identify_holder};
use crate::serve::served::{Current, Served};
use crate::serve::server::{Admission, Server, TokenHolder};
use crate::serve::sign::{Claim, Head, Refusal, body_hash};
use crate::serve::sts::{self, Failure};
use crate::serve::tally::Recorded;
use crate::serve::unanswered::{NotInMemory, Unanswered};

/// What the extension calls its answers.
const JSON: &str = "application/json";
/// The longest name of a program in the log.
const AGENT: usize = 128;

/// A request that is complete.
pub(super) struct Job {
    server: Arc<Server>,
    head: Parts,
    origin: Origin,
    claim: Result<Option<Claim>, Refusal>,
    hash: String,
    work: Work,
    request_id: Arc<str>,
    recorded: Recorded,
}

enum Work {
    /// An operation, with the members of the request; without, its body was no JSON object.
    Json(Operation, Option<Map<String, Value>>),
    /// A call by somebody who has shown a token.
    Cache(CacheCall, TokenHolder),
    /// An operation of the query protocol.
    Form(Vec<(String, String)>),
}

impl Job {
    pub(super) fn new(
        server: Arc<Server>,
        head: Parts,
        task: Task,
        origin: Origin,
        body: Bytes,
        request_id: Arc<str>,
    ) -> Self {
        let hash = body_hash(&body);
        let work = match task {
            Task::Query => Work::Form(sts::form(&body)),
            Task::Cache(call, holder) => Work::Cache(call, holder),
            // A request without members may have no body at all.
            Task::Json(operation) if body.is_empty() => Work::Json(operation, Some(Map::new())),
            Task::Json(operation) => Work::Json(operation, serde_json::from_slice(&body).ok()),
        };
        if let Ok(mut body) = body.try_into_mut() {
            body.zeroize();
        }
        let claim = with_head(&head, |head| head.map_or(Err(unreadable()), |head| Claim::of(&head)));
        Job { server, head, origin, claim, hash, work, request_id, recorded: Recorded::default() }
    }

    pub(super) fn operation(&self) -> &'static str {
        match &self.work {
            Work::Json(operation, _) => operation.name,
            Work::Cache(call, _) => call.operation.name,
            Work::Form(form) => sts::operation(form),
        }
    }

    /// In whose words a failure is told.
    pub(super) fn service(&self) -> Service {
        if let Work::Json(operation, _) = self.work { operation.service } else { Service::ParameterStore }
    }

    /// Whether it waits for other writers.
    pub(super) fn is_write(&self) -> bool {
        matches!(self.work, Work::Json(operation, _) if operation.is_write())
    }

    /// The access key id and the region that the request claims.
    pub(super) fn claimed(&self) -> (&str, &str) {
        let claim = self.claim.as_ref().ok().and_then(Option::as_ref);
        claim.map_or(("", ""), |claim| (claim.access_key.as_str(), claim.scope().region))
    }

    /// The answer, if it can be given at that pace.
    pub(super) fn attempt(&self, pace: Pace) -> Result<Reply, NotInMemory> {
        match &self.work {
            Work::Json(operation, body) => match self.answer(*operation, body.as_ref(), pace) {
                Ok(body) => Ok(Reply::new(reply::JSON, Bytes::from_owner(body))),
                Err(unanswered) => Ok(Reply::fault(&unanswered.told(operation.service)?)),
            },
            // In the form of the extension: what comes out of the operation, called by the session of the token.
            Work::Cache(CacheCall { operation, body }, holder) => {
                match self.answer_holder(*operation, body, holder, pace) {
                    Ok(body) => Ok(Reply::new(JSON, Bytes::from_owner(cache_api::reshaped(*operation, body)))),
                    Err(unanswered) => {
                        let fault = unanswered.told(operation.service)?;
                        let body = cache_api::failure(&fault).into();
                        Ok(Reply { status: fault.status, code: fault.code, ..Reply::new(JSON, body) })
                    }
                }
            }
            Work::Form(form) => match self.answer_form(form, pace) {
                Ok(answer) => Ok(Reply::new(sts::XML, answer?.into())),
                Err(failure) => {
                    let (status, code) = (failure.status, failure.code);
                    Ok(Reply { status, code, ..Reply::new(sts::XML, failure.body(&self.request_id).into()) })
                }
            },
        }
    }

    fn answer(&self, operation: Operation, body: Option<&Map<String, Value>>, pace: Pace) -> Answer {
        let service = operation.service;
        let (served, region) = self.vault()?;
        let current = current(served, pace)?;
        let caller = &self.identify(served, &current, service.as_str(), pace)?;
        let body = body.ok_or_else(|| Fault::silent(service, "SerializationException"))?;
        let request = Request { operation, body, caller, region: &region, pace, recorded: &self.recorded };
        Call::new(served, current, request).answer()
    }

    fn answer_holder(
        &self,
        operation: Operation,
        body: &Map<String, Value>,
        TokenHolder { vault: served, region, access_key, held }: &TokenHolder,
        pace: Pace,
    ) -> Answer {
        let current = current(served, pace)?;
        let caller = identify_holder(served, &current, access_key, Arc::clone(held), pace)?;
        let caller = &self.described(caller);
        let request = Request { operation, body, caller, region, pace, recorded: &self.recorded };
        Call::new(served, current, request).answer()
    }

    fn answer_form(&self, form: &[(String, String)], pace: Pace) -> Result<Result<String, NotInMemory>, Failure> {
        let caller = || -> Result<_, Unanswered> {
            let (served, _) = self.vault()?;
            let current = current(served, pace)?;
            let caller = self.identify(served, &current, "sts", pace)?;
            Ok((served, current, caller))
        };
        match caller() {
            Ok((served, current, caller)) => {
                let result = sts::run(served, &current, &caller, form)?;
                Ok(Ok(sts::success(sts::operation(form), &result, &self.request_id)))
            }
            Err(Unanswered::NotInMemory) => Ok(Err(NotInMemory)),
            Err(Unanswered::Refused(refusal)) => Err(Failure::of(refusal)),
            Err(Unanswered::Fault(_) | Unanswered::Failed(_)) => Err(Failure::unavailable()),
        }
    }

    /// The vault of the region that was signed for, and that region.
    fn vault(&self) -> Result<(&Arc<Served>, String), Refusal> {
        let Some(claim) = self.claim.as_ref().map_err(Clone::clone)? else {
            return Ok((&self.server.vault, self.server.own_region()));
        };
        let region = claim.scope().region;
        Ok((self.server.vault_of(region).ok_or_else(Refusal::region)?, region.to_owned()))
    }

    fn identify(&self, served: &Served, current: &Current, service: &str, pace: Pace) -> Result<Caller, Unanswered> {
        let claim = self.claim.as_ref().map_err(Clone::clone)?.as_ref();
        with_head(&self.head, |head| {
            let head = head.ok_or_else(unreadable)?;
            let is_open = self.server.admission == Admission::Open;
            let signed = Signed { claim, head, body_hash: &self.hash, service, is_open };
            Ok(self.described(identify(served, current, &signed, pace)?))
        })
    }

    /// A caller with what the request says of it: where it came from, and its program, cut, for the log.
    fn described(&self, caller: Caller) -> Caller {
        let agent = self.head.headers.get("user-agent").and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        Caller { agent: agent.chars().take(AGENT).collect(), origin: self.origin, ..caller }
    }
}

/// Values are wiped as soon as they are not needed.
impl Drop for Job {
    fn drop(&mut self) {
        if let Work::Json(_, Some(body)) = &mut self.work {
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
