//! Why a signature is not accepted, with the texts of AWS (wire §3).

use std::borrow::Cow;

/// A code and a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Such as `InvalidSignatureException`.
    pub code: &'static str,
    /// What is wrong.
    pub text: Cow<'static, str>,
}

/// The signature is not what the secret access key makes of the request.
pub(super) const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your AWS \
    Secret Access Key and signing method. Consult the service documentation for details.";

impl Refusal {
    /// The region is not served here.
    pub fn region() -> Self {
        Refusal::invalid("Credential should be scoped to a valid region. ")
    }

    /// The request has no signature.
    pub fn missing() -> Self {
        Refusal { code: "MissingAuthenticationTokenException", text: "Missing Authentication Token".into() }
    }

    /// The signature lacks a part, or a part has not the form that it needs.
    pub fn incomplete(text: impl Into<Cow<'static, str>>) -> Self {
        Refusal { code: "IncompleteSignatureException", text: text.into() }
    }

    /// The signature is not valid for this request.
    pub fn invalid(text: impl Into<Cow<'static, str>>) -> Self {
        Refusal { code: "InvalidSignatureException", text: text.into() }
    }

    /// Nobody has that access key id, or the session token is not the one that belongs to it.
    pub fn unrecognized() -> Self {
        let text = "The security token included in the request is invalid.";
        Refusal { code: "UnrecognizedClientException", text: text.into() }
    }

    /// The credential has ended.
    pub fn expired() -> Self {
        let text = "The security token included in the request is expired";
        Refusal { code: "ExpiredTokenException", text: text.into() }
    }
}
