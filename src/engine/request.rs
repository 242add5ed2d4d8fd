//! Requests to join: created by a new member, read by an admin. The signature proves that the signing key is theirs;
//! only two people comparing the fingerprint can tell whose request it is.

use super::chain::{check_author, check_signature};
use super::error::{Error, Result};
use super::vault::Vault;
use crate::crypto::framing::{document_message, request_fingerprint};
use crate::crypto::recipient::{Recipient, RecipientPolicy};
use crate::crypto::sign::SigningKey;
use crate::format::schema::{emit_request, parse_request};
use crate::format::{FormatError, caps, trailer};
use crate::model::request::Request;

/// The path that a request is signed for: no document of a vault is there.
const PLACE: &str = "request.yaml";

/// A request with a valid signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Its content.
    pub request: Request,
    /// To be compared with the one that the new member sees.
    pub fingerprint: [u8; 16],
}

impl Vault<'_> {
    /// Signs a request to join this vault. Returns the document and its fingerprint.
    pub(crate) fn sign_request(&self, request: &Request, key: &SigningKey) -> (Vec<u8>, [u8; 16]) {
        let body = emit_request(request, &self.id);
        let signature = key.sign(&document_message(&self.id.0, PLACE, body.as_bytes()));
        let document = trailer::join(&body, &request.name, &key.public().fingerprint(), &signature);
        (document, request_fingerprint(body.as_bytes()))
    }

    /// Reads a request to join this vault: signed with the key that it names, and with recipients that can be wrapped for.
    pub fn read_request(&self, document: Vec<u8>, policy: &RecipientPolicy) -> Result<Received> {
        let format = Error::NotARequest;
        if document.len() as u64 > caps::SMALL_DOCUMENT {
            return Err(format(FormatError::TooLarge { cap: caps::SMALL_DOCUMENT }));
        }
        let raw = trailer::normalise(document).map_err(format)?;
        let signed = trailer::split(&raw).map_err(format)?;
        let request = parse_request(signed.body, &self.id).map_err(format)?;
        check_author(PLACE, &request.name, &signed)?;
        check_signature(&self.id, PLACE, &signed, &request.sign)?;
        let mut recipients: Vec<String> = Vec::new();
        for text in &request.recipients {
            let recipient = Recipient::parse(text, policy)
                .map_err(|error| Error::Recipient { member: request.name.clone(), error })?;
            if recipients.iter().any(|known| known == recipient.as_str()) {
                return Err(format(FormatError::Repeated { what: "recipient" }));
            }
            recipients.push(recipient.as_str().to_owned());
        }
        Ok(Received { fingerprint: request_fingerprint(signed.body), request: Request { recipients, ..request } })
    }
}
