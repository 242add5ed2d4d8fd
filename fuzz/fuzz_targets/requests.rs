//! F8: requests to join, which come from anybody. Nothing panics; what is accepted was signed with the key that it names, has
//! recipients that can be wrapped for, and is emitted as the same text. An input that begins with `+` is a body that is
//! signed with the key of its author, so that the rules behind the signature are reached.

#![no_main]

mod place;

use libfuzzer_sys::fuzz_target;
use place::{Place, place};
use vault::crypto::framing::document_message;
use vault::crypto::recipient::{Recipient, RecipientPolicy};
use vault::format::schema::{emit_request, parse_request};
use vault::format::trailer;

thread_local! {
    static PLACE: Place = place();
}

fn signed(place: &Place, body: &str) -> Vec<u8> {
    let member = parse_request(body.as_bytes(), &place.vault.id()).map(|request| request.name);
    let member = member.unwrap_or_else(|_| "alice".parse().unwrap());
    let message = document_message(&place.vault.id().0, "request.yaml", body.as_bytes());
    trailer::join(body, &member, &place.alice.public().fingerprint(), &place.alice.sign(&message))
}

fuzz_target!(|input: &[u8]| {
    PLACE.with(|place| {
        let policy = RecipientPolicy::default();
        let body = input.strip_prefix(b"+").and_then(|body| std::str::from_utf8(body).ok());
        let document = body.map_or_else(|| input.to_vec(), |body| signed(place, body));
        let Ok(received) = place.vault.read_request(document, &policy) else { return };
        let request = &received.request;
        assert!(request.recipients.iter().all(|text| Recipient::parse(text, &policy).is_ok()));
        if let Some(body) = body {
            assert_eq!(request.sign, place.alice.public().bytes(), "another key than the one that signed");
            assert_eq!(
                emit_request(&parse_request(body.as_bytes(), &place.vault.id()).unwrap(), &place.vault.id()),
                body
            );
        }
    });
});
