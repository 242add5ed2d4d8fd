//! F5: the payload inside a wrap, and the wrap around it. Nothing panics; a payload that is accepted is the one payload of
//! the key in it, so it was made for this vault, key and version.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use vault::crypto::identity::{Identity, NoPrompt};
use vault::crypto::key::open_payload;
use vault::crypto::recipient::RecipientPolicy;
use vault::crypto::wrap::unwrap;
use vault::model::id::VaultId;

const VAULT: &str = "vlt1w8yy5xpnrwwgeprjqmhkn75wtpjmt2kn9lutsmqnsaakw36n5cnsr5f8mp";
const ALICE: &str = include_str!("../../tests/fixture/ids/alice.txt");
const KEY_ID: [u8; 16] =
    [0x9b, 0x14, 0x50, 0x03, 0x22, 0xee, 0xb4, 0x84, 0x2a, 0x2b, 0x6b, 0x50, 0xb1, 0x90, 0x8b, 0x4a];

/// One of each format.
const VERSIONS: [u64; 2] = [1, 0xbe46_b460_7683_73a7];

fn alice() -> Identity {
    Identity::parse(ALICE, &RecipientPolicy::default(), NoPrompt).unwrap()
}

fn check(payload: &[u8]) {
    static ID: OnceLock<VaultId> = OnceLock::new();
    let vault = ID.get_or_init(|| VAULT.parse().unwrap());
    for version in VERSIONS {
        if let Ok(key) = open_payload(payload, VAULT, &vault.0, &KEY_ID, version) {
            assert_eq!(key.payload(VAULT).as_bytes(), payload, "two payloads for one key");
            assert!(key.matches(&key.check()));
        }
    }
}

fuzz_target!(|data: &[u8]| {
    check(data);
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(payload) = unwrap(text, &alice())
    {
        check(&payload);
    }
});
