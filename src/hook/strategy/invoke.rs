//! A rotation function that is served elsewhere: one call of Lambda's Invoke for each step (docs/hooks.md).
//!
//! It is told which step of which secret. It reads and writes values through the server, with keys of its own.

use std::io::Read as _;
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ureq::http::Uri;
use ureq::{Agent, Error};
use zeroize::Zeroizing;

use super::error::StrategyError;
use super::http::{agent, unanswered};
use super::options::Options;
use crate::model::hook::Step;

/// The longest answer that Lambda gives.
const ANSWER_LIMIT: usize = 6 << 20;
/// How long a service that is busy is left alone before it is asked again, in milliseconds.
const PAUSES: [u64; 5] = [250, 500, 1000, 2000, 4000];

/// One call of a function, as the process that makes it reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Invocation {
    /// Where.
    pub url: String,
    /// What the function gets.
    pub event: RotationEvent,
    /// Of the plan: `tls` and `sslrootcert`.
    pub options: Options,
    /// How long all of it may take.
    pub milliseconds: u64,
}

/// What a rotation function of AWS is called with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RotationEvent {
    /// `createSecret` and so on.
    pub step: String,
    /// The ARN of the secret.
    pub secret_id: String,
    /// The id of the pending version.
    pub client_request_token: String,
    /// The same: nobody asks for it.
    pub rotation_token: String,
}

impl RotationEvent {
    /// The event of a step. It contains nothing secret.
    pub(crate) fn new(step: Step, secret: String, token: &str) -> Self {
        let (token, again) = (token.to_owned(), token.to_owned());
        RotationEvent {
            step: format!("{step}Secret"),
            secret_id: secret,
            client_request_token: token,
            rotation_token: again,
        }
    }
}

/// Why a call did not succeed. It quotes the function; what is secret in that is masked before anybody sees it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvokeError {
    /// Not a message of a runner.
    #[error("not a call of a function")]
    Message,
    /// What a strategy can meet too.
    #[error(transparent)]
    Http(#[from] StrategyError),
    /// The service does not run it.
    #[error("the function's service answered with status {status}{}", after(.words))]
    Status {
        /// Of HTTP.
        status: u16,
        /// Why.
        words: String,
    },
    /// The function has failed.
    #[error("{0}")]
    Failed(String),
    /// Something else than the function has answered, such as an emulator that has stopped it.
    #[error("the function's service gave no answer of a function{}", after(.0))]
    NoJson(String),
    /// More than any function answers.
    #[error("the function's answer is longer than {ANSWER_LIMIT} bytes")]
    TooLong,
}

fn after(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!(": {words}") }
}

/// An answer of HTTP.
struct Answer {
    status: u16,
    is_error: bool,
    body: Vec<u8>,
}

impl Invocation {
    /// The message of a runner.
    pub(crate) fn message(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Reads the message of a runner.
    pub(crate) fn read(message: &[u8]) -> Result<Self, InvokeError> {
        serde_json::from_slice(message).map_err(|_| InvokeError::Message)
    }

    /// Calls the function. A service that is busy, or fails itself, is asked again: every step may be repeated.
    pub(crate) fn run(&self) -> Result<(), InvokeError> {
        let url: Uri = self.url.parse().map_err(|_| StrategyError::Url)?;
        let agent = agent(&url, &self.options, Duration::from_millis(self.milliseconds))?;
        for pause in PAUSES {
            let answer = self.ask(&agent, &url)?;
            if !answer.is_busy() {
                return answer.verdict();
            }
            thread::sleep(Duration::from_millis(pause));
        }
        self.ask(&agent, &url)?.verdict()
    }

    fn ask(&self, agent: &Agent, url: &Uri) -> Result<Answer, InvokeError> {
        let event = serde_json::to_vec(&self.event).unwrap_or_default();
        let request = agent.post(url).header("content-type", "application/json");
        let request = request.header("x-amz-invocation-type", "RequestResponse");
        let cut = |error: &Error| InvokeError::Http(unanswered(error));
        let mut response = request.send(&event[..]).map_err(|error| cut(&error))?;
        let mut body = Vec::new();
        let reader = response.body_mut().as_reader().take(ANSWER_LIMIT as u64 + 1).read_to_end(&mut body);
        reader.map_err(|error| cut(&error.into()))?;
        if body.len() > ANSWER_LIMIT {
            return Err(InvokeError::TooLong);
        }
        let is_error = response.headers().contains_key("x-amz-function-error");
        Ok(Answer { status: response.status().as_u16(), is_error, body })
    }
}

impl Answer {
    /// The emulator of Lambda's runtime runs one call at a time, and refuses another one with 400 and no words.
    fn is_busy(&self) -> bool {
        self.status == 429 || self.status >= 500 || (self.status == 400 && self.body.is_empty())
    }

    /// Success is 200 with JSON, or with nothing. The emulator of Lambda's runtime does not mark the errors of functions, so what looks
    /// like one counts as one.
    fn verdict(&self) -> Result<(), InvokeError> {
        let payload = serde_json::from_slice::<Value>(&self.body).ok();
        let member = |name: &str| payload.as_ref().and_then(|payload| payload.get(name)?.as_str()).unwrap_or_default();
        if self.status != 200 {
            let words = [member("Message"), member("message")].concat();
            return Err(InvokeError::Status { status: self.status, words });
        }
        let (kind, message) = (member("errorType"), member("errorMessage"));
        match (kind, message) {
            ("", "") if self.is_error => Err(InvokeError::Failed("the function has failed".to_owned())),
            ("", "") if payload.is_some() || self.body.is_empty() => Ok(()),
            ("", "") => Err(InvokeError::NoJson(String::from_utf8_lossy(&self.body).trim().to_owned())),
            ("", words) | (words, "") => Err(InvokeError::Failed(words.to_owned())),
            (kind, message) => Err(InvokeError::Failed(format!("{kind}: {message}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_by_the_function_is_its_failure() {
        let verdict = |status, is_error, body: &str| {
            let answer = Answer { status, is_error, body: body.as_bytes().to_vec() };
            answer.verdict().err().map(|error| error.to_string()).unwrap_or_default()
        };
        for good in ["", "null", "{}", r#"{"errorMessage":null}"#] {
            assert_eq!(verdict(200, false, good), "", "{good}");
        }
        let error = r#"{"errorMessage":"no login","errorType":"ValueError","stackTrace":["a"]}"#;
        for is_error in [true, false] {
            assert_eq!(verdict(200, is_error, error), "ValueError: no login");
        }
        assert_eq!(verdict(200, true, "null"), "the function has failed");
        assert_eq!(verdict(200, true, r#"{"errorMessage":"late"}"#), "late");
        assert_eq!(
            verdict(200, false, "Task timed out after 3.00 seconds"),
            "the function's service gave no answer of a function: Task timed out after 3.00 seconds"
        );
        let missing = r#"{"Type":"User","Message":"Function not found"}"#;
        assert_eq!(verdict(404, false, missing), "the function's service answered with status 404: Function not found");
        assert_eq!(verdict(202, false, ""), "the function's service answered with status 202");
    }
}
