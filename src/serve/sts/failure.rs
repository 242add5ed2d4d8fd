//! What goes wrong in this protocol.

use std::borrow::Cow;

use super::xml;
use crate::serve::sign::Refusal;

/// An answer that is an error.
pub(crate) struct Failure {
    pub status: u16,
    /// On which clients decide.
    pub code: &'static str,
    text: Cow<'static, str>,
}

impl Failure {
    pub(super) fn new(status: u16, code: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Failure { status, code, text: text.into() }
    }

    /// What a refused signature is called here.
    pub(crate) fn of(refusal: Refusal) -> Self {
        let (status, code) = match refusal.code {
            "MissingAuthenticationTokenException" => (403, "MissingAuthenticationToken"),
            "UnrecognizedClientException" => (403, "InvalidClientTokenId"),
            "ExpiredTokenException" => (403, "ExpiredToken"),
            "IncompleteSignatureException" => (400, "IncompleteSignature"),
            _ => (403, "SignatureDoesNotMatch"),
        };
        Failure::new(status, code, refusal.text)
    }

    /// The vault cannot be read.
    pub(crate) fn unavailable() -> Self {
        Failure::new(503, "ServiceUnavailable", "the vault cannot be read")
    }

    pub(crate) fn body(self, request_id: &str) -> String {
        xml::failure(self.status, self.code, self.text.into_owned(), request_id)
    }
}
