//! Where the next page begins: `NextToken` (wire §4).
//!
//! A token says after which name the page begins, and proves that this server made it for the same operation with the same filters, so
//! that nothing is stored, and insertions in between do no harm. Tokens end with the process.

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, Mac};
use rand::RngCore;
use rand::rngs::OsRng;
use serde_json::{Map, Value};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::aws::error::Service;

use super::fault::Fault;

/// How long the proof is, in bytes.
const PROOF: usize = 16;

/// Members that may differ from page to page.
const PAGING: [&str; 2] = ["NextToken", "MaxResults"];

/// Makes and checks the tokens of one process.
pub(crate) struct Continuations([u8; 32]);

impl Continuations {
    pub(crate) fn new() -> Self {
        let mut key = [0; 32];
        OsRng.fill_bytes(&mut key);
        Continuations(key)
    }

    /// The token of a page that begins after `last`, for a request like this one.
    pub(crate) fn token(&self, operation: &str, body: &Map<String, Value>, last: &str) -> String {
        let mut token = self.proof(operation, body, last).to_vec();
        token.extend_from_slice(last.as_bytes());
        BASE64URL_NOPAD.encode(&token)
    }

    /// After what the page begins that a token asks for.
    pub(crate) fn last(&self, operation: &str, body: &Map<String, Value>, token: &str) -> Option<String> {
        let token = BASE64URL_NOPAD.decode(token.as_bytes()).ok()?;
        let (proof, last) = token.split_at_checked(PROOF)?;
        let last = std::str::from_utf8(last).ok()?;
        bool::from(self.proof(operation, body, last).ct_eq(proof)).then(|| last.to_owned())
    }

    fn proof(&self, operation: &str, body: &Map<String, Value>, last: &str) -> [u8; PROOF] {
        let mut proof = [0; PROOF];
        // Keys of every length are valid.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return proof };
        mac.update(operation.as_bytes());
        for (member, value) in body.iter().filter(|(member, _)| !PAGING.contains(&member.as_str())) {
            mac.update(format!("\0{member}={value}").as_bytes());
        }
        mac.update(b"\0\0");
        mac.update(last.as_bytes());
        proof.copy_from_slice(&mac.finalize().into_bytes()[..PROOF]);
        proof
    }
}

/// A token that is not of this server, or of another request.
pub(crate) fn foreign(service: Service) -> Fault {
    match service {
        Service::ParameterStore => Fault::silent(service, "InvalidNextToken"),
        Service::SecretsManager => Fault::new(service, "InvalidNextTokenException", "Invalid NextToken provided"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_is_good_for_the_same_request_only() {
        let body = |text: Value| text.as_object().cloned().unwrap();
        let (ours, path) = (Continuations::new(), body(json!({ "Path": "/a", "MaxResults": 2 })));
        let token = ours.token("GetParametersByPath", &path, "/a/b");
        let again = body(json!({ "NextToken": token, "Path": "/a", "MaxResults": 9 }));
        assert_eq!(ours.last("GetParametersByPath", &again, &token).as_deref(), Some("/a/b"));
        assert_eq!(ours.last("DescribeParameters", &again, &token), None);
        assert_eq!(ours.last("GetParametersByPath", &body(json!({ "Path": "/b" })), &token), None);
        assert_eq!(Continuations::new().last("GetParametersByPath", &path, &token), None);
        for broken in ["", "AAAA", "!", &token[1..]] {
            assert_eq!(ours.last("GetParametersByPath", &path, broken), None, "{broken}");
        }
    }
}
