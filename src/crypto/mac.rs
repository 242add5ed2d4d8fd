//! Message authentication: what a webhook proves to its receiver.

use hkdf::hmac::{Hmac, Mac};
use sha2::Sha256;

/// HMAC-SHA256 of a message (RFC 2104). Keys of any length are allowed.
pub(crate) fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    // Only a key of a fixed length can be of a wrong one.
    let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(key) else { return [0; 32] };
    mac.update(message);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    /// RFC 4231, cases 1 and 2.
    #[test]
    fn known_answers() {
        for (key, message, expected) in [
            (&[0x0b; 20][..], "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (
                b"Jefe",
                "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
        ] {
            assert_eq!(HEXLOWER.encode(&hmac_sha256(key, message.as_bytes())), expected);
        }
    }
}
