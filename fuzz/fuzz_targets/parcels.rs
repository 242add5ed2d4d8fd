//! F21: files of `vault share` after they were decrypted, which come from anybody. Nothing panics; what is accepted was signed with the key
//! that it names, and is emitted as the same text. An input that begins with `+` is a body that is signed, so that the rules behind the
//! signature are reached.

#![no_main]

mod place;

use libfuzzer_sys::fuzz_target;
use place::{Place, place};
use vault::crypto::framing::document_message;
use vault::engine::read_parcel;
use vault::format::schema::{emit_parcel, parse_parcel};
use vault::format::trailer;

thread_local! {
    static PLACE: Place = place();
}

fn signed(place: &Place, body: &str) -> Vec<u8> {
    let parcel = parse_parcel(body.as_bytes());
    let (vault, member) = match &parcel {
        Ok(parcel) => (parcel.vault, parcel.by.clone()),
        Err(_) => (place.vault.id(), "alice".parse().unwrap()),
    };
    let message = document_message(&vault.0, "parcel.yaml", body.as_bytes());
    trailer::join(body, &member, &place.alice.public().fingerprint(), &place.alice.sign(&message))
}

fuzz_target!(|input: &[u8]| {
    PLACE.with(|place| {
        let body = input.strip_prefix(b"+").and_then(|body| std::str::from_utf8(body).ok());
        let content = body.map_or_else(|| input.to_vec(), |body| signed(place, body));
        let Ok(parcel) = read_parcel(&content) else { return };
        if let Some(body) = body {
            assert_eq!(parcel.sign, place.alice.public().bytes(), "another key than the one that signed");
            assert_eq!(*emit_parcel(&parcel), body);
        }
    });
});
