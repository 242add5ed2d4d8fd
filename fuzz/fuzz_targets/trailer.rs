//! F1: a document is taken apart and its signature checked. Nothing panics, what splits joins to the same bytes, and the
//! reference signer's key accepts the reference documents only.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vault::crypto::framing::document_message;
use vault::crypto::sign::VerifyingKey;
use vault::format::trailer::{join, normalise, split};

const PATH: &str = "params/prod/db/password.yaml";
const REFERENCE: &[u8] = include_bytes!("../../tests/fixture/vault/params/prod/db/password.yaml");
const VAULT: &str = "vlt1w8yy5xpnrwwgeprjqmhkn75wtpjmt2kn9lutsmqnsaakw36n5cnsr5f8mp";
/// The key of `alice` in the reference vault's trust document.
const ALICE: [u8; 32] = [
    0xe5, 0x28, 0xbb, 0xe6, 0x5f, 0x11, 0x50, 0x6a, 0x1a, 0xf6, 0x8f, 0x6b, 0x68, 0x81, 0x7b, 0x32, 0xba, 0xaf, 0x53,
    0xf4, 0x0b, 0x8d, 0x30, 0x6b, 0xee, 0x8e, 0xe5, 0xfb, 0x40, 0x1e, 0x16, 0x87,
];

fuzz_target!(|data: &[u8]| {
    let Ok(document) = normalise(data.to_vec()) else { return };
    assert_eq!(normalise(document.clone()).as_ref(), Ok(&document), "normalising twice is normalising once");
    let Ok(signed) = split(&document) else { return };
    if let Ok(body) = std::str::from_utf8(signed.body) {
        assert_eq!(join(body, &signed.member, &signed.fingerprint, &signed.signature), document);
    }
    let vault: vault::model::id::VaultId = VAULT.parse().unwrap();
    let key = VerifyingKey::parse(&ALICE).unwrap();
    let verified = key.verify(&document_message(&vault.0, PATH, signed.body), &signed.signature).is_ok();
    if verified {
        let reference = split(REFERENCE).unwrap();
        assert_eq!((signed.body, signed.signature), (reference.body, reference.signature), "a forgery");
    }
});
