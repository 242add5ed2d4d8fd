//! F4: the text of a sealed value. Any text is decoded and refused without a panic. Bytes that are sealed open to
//! themselves, and with one byte of the text changed they do not open at all.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;
use vault::crypto::key::KeyMaterial;
use vault::crypto::value::{ValueContext, open, seal_age1};

const CONTEXT: ValueContext<'static> =
    ValueContext { kind: "parameter", doc_id: &[1; 16], name: "/a", uid: &[2; 16], value_type: "SecureString" };

/// Nothing in the format depends on who made the key.
fn key() -> &'static KeyMaterial {
    static KEY: OnceLock<KeyMaterial> = OnceLock::new();
    KEY.get_or_init(|| KeyMaterial::new(&[7; 32], &[8; 32], &[9; 16], 1))
}

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        assert!(open(key(), &CONTEXT, text).is_err(), "a text that nobody sealed");
    }
    let Some((&at, plaintext)) = data.split_first() else { return };
    let text = if at & 1 == 0 { sealed(plaintext) } else { seal_age1(key(), &CONTEXT, plaintext) };
    let Ok(text) = text else { return };
    assert_eq!(&**open(key(), &CONTEXT, &text).unwrap(), plaintext);
    let mut changed = text.into_bytes();
    let at = usize::from(at) * 31 % changed.len();
    changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).unwrap();
    assert!(open(key(), &CONTEXT, &changed).is_err(), "one byte of the text does not matter");
});

fn sealed(plaintext: &[u8]) -> Result<String, vault::crypto::value::ValueError> {
    vault::crypto::value::seal(key(), &CONTEXT, plaintext, &mut rand::rngs::OsRng)
}
