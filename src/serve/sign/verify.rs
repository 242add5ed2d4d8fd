//! Whether a claim is true.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::canonical::{Head, canonical_request};
use super::claim::Claim;
use super::key::SigningKeys;
use super::refusal::{MISMATCH, Refusal};
use crate::model::value::SecretValue;

/// The hash of a body, as it is signed.
pub fn body_hash(body: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(body))
}

/// Refuses a signature that is not the one that the secret access key makes of the request.
pub fn verify(
    claim: &Claim,
    head: &Head<'_>,
    body_hash: &str,
    secret: &SecretValue,
    keys: &SigningKeys,
) -> Result<(), Refusal> {
    let stated = head.header("x-amz-content-sha256");
    if stated.is_some_and(|stated| stated != "UNSIGNED-PAYLOAD" && stated != body_hash) {
        let text = "The provided 'x-amz-content-sha256' header does not match what was computed.";
        return Err(Refusal::invalid(text));
    }
    let signed: Vec<_> = claim.signed.split(';').collect();
    let request = canonical_request(head, &signed, stated.unwrap_or(body_hash));
    let scope = claim.scope();
    let hash = HEXLOWER.encode(&Sha256::digest(request.as_bytes()));
    let text = format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{hash}", claim.time);
    let expected = keys.sign(secret, &scope, &text);
    if bool::from(expected.as_slice().ct_eq(&claim.signature)) { Ok(()) } else { Err(Refusal::invalid(MISMATCH)) }
}
