//! 32-byte keys as age writes them: bech32 text.

use bech32::primitives::decode::CheckedHrpstring;
use bech32::{Bech32, Hrp};
use zeroize::Zeroizing;

/// Prefix of a public X25519 key.
const PUBLIC: Hrp = Hrp::parse_unchecked("age");
/// Prefix of a secret X25519 key.
const SECRET: Hrp = Hrp::parse_unchecked("age-secret-key-");
/// More than any text here needs, so that it never moves while it grows.
const TEXT_CAPACITY: usize = 128;

/// `age1…` for a public key.
pub(super) fn public_text(key: &[u8; 32]) -> String {
    encoded(PUBLIC, key).to_string()
}

/// `AGE-SECRET-KEY-1…` for a secret key.
pub(super) fn secret_text(key: &[u8; 32]) -> Zeroizing<String> {
    let mut text = encoded(SECRET, key);
    text.make_ascii_uppercase();
    text
}

/// The key in an `age1…` text.
pub(super) fn public_key(text: &str) -> Option<[u8; 32]> {
    decoded(PUBLIC, text).map(|key| *key)
}

/// The key in an `AGE-SECRET-KEY-1…` text.
pub(super) fn secret_key(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    decoded(SECRET, text)
}

fn encoded(prefix: Hrp, key: &[u8; 32]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(TEXT_CAPACITY));
    // Writing to a String does not fail, and 32 bytes are below bech32's limit.
    let _: Result<(), _> = bech32::encode_lower_to_fmt::<Bech32, _>(&mut *text, prefix, key);
    text
}

fn decoded(prefix: Hrp, text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let parsed = CheckedHrpstring::new::<Bech32>(text).ok()?;
    if parsed.hrp() != prefix {
        return None;
    }
    let mut bytes = parsed.byte_iter();
    let mut key = Zeroizing::new([0; 32]);
    for place in key.iter_mut() {
        *place = bytes.next()?;
    }
    bytes.next().is_none().then_some(key)
}
