//! Answers as bytes.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::json;

use crate::serve::fault::Fault;

/// What JSON 1.1 is called.
pub(super) const JSON: &str = "application/x-amz-json-1.1";

pub(super) struct Reply {
    pub status: u16,
    pub content_type: &'static str,
    pub body: Bytes,
    /// The code of the error; empty if it is none.
    pub code: &'static str,
    /// Whether the connection ends with it.
    pub is_last: bool,
}

impl Reply {
    pub(super) fn new(content_type: &'static str, body: Bytes) -> Self {
        Reply { status: 200, content_type, body, code: "", is_last: false }
    }

    /// A request that never reaches an operation.
    pub(super) fn refused(status: u16, code: &'static str, text: &str) -> Self {
        let body = Bytes::from(json!({ "__type": code, "message": text }).to_string());
        Reply { status, code, ..Reply::new(JSON, body) }
    }

    /// A line of plain text.
    pub(super) fn plain(status: u16, text: String) -> Self {
        Reply { status, ..Reply::new("text/plain; charset=utf-8", text.into()) }
    }

    pub(super) fn fault(fault: &Fault) -> Self {
        Reply { status: fault.status, code: fault.code, ..Reply::new(JSON, fault.body().into()) }
    }

    /// The connection ends with it: where the next request begins is not certain.
    pub(super) fn last(self) -> Self {
        Reply { is_last: true, ..self }
    }

    pub(super) fn response(self, request_id: &str) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        if let Ok(id) = HeaderValue::from_str(request_id) {
            headers.insert("x-amzn-requestid", id);
        }
        if !self.code.is_empty() {
            headers.insert("x-amzn-errortype", HeaderValue::from_static(self.code));
        }
        if self.is_last {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}
