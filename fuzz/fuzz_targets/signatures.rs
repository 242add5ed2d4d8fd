//! F22: the head of a request: a query, then a header on each line. Nothing panics, and no signature is valid, since none was made with
//! the secret access key of this target.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vault::model::time::Timestamp;
use vault::model::value::SecretValue;
use vault::serve::sign::{Claim, Head, SigningKeys, body_hash, verify};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (query, lines) = text.split_once('\n').unwrap_or(("", text));
    let headers: Vec<_> = lines.lines().filter_map(|line| line.split_once(':')).collect();
    let head = Head { method: "POST", path: "/", query, headers: &headers };
    let Ok(Some(claim)) = Claim::of(&head) else { return };
    let _ = claim.check(&head, "ssm", Timestamp::from_unix(1_440_938_160));
    let secret = SecretValue::from_text("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into());
    assert!(verify(&claim, &head, &body_hash(b"{}"), &secret, &SigningKeys::default()).is_err());
});
