//! Ed25519 signatures of members.

use std::cell::Cell;
use std::fmt;

use ed25519_dalek::Signer;
use rand::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use super::derive;
use super::framing::short_sha256;

/// A member's signing key. Wiped on drop.
pub struct SigningKey(ed25519_dalek::SigningKey);

/// A member's public signing key: a canonical point that is not of small order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct VerifyingKey(ed25519_dalek::VerifyingKey);

thread_local! {
    /// Decompressing the point costs a tenth of checking a signature, and most documents of a vault have the same
    /// signer as the previous one.
    static LAST_PARSED: Cell<Option<VerifyingKey>> = const { Cell::new(None) };
}

/// Why a key or a signature was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// Not the canonical encoding of a point.
    #[error("the signing key is not a valid Ed25519 public key")]
    NotAKey,
    /// A point of small order, under which almost anything would verify.
    #[error("the signing key is a weak Ed25519 public key")]
    WeakKey,
    /// The signature is not by that key over that message.
    #[error("the signature does not match")]
    BadSignature,
}

impl SigningKey {
    /// The key with this 32-byte seed.
    pub fn from_seed(seed: &Zeroizing<[u8; 32]>) -> SigningKey {
        SigningKey(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// The key that belongs to a native age identity with this X25519 secret (FORMAT.md, derivations).
    pub fn from_x25519(secret: &[u8; 32]) -> SigningKey {
        let prk = derive::extract(b"vault/v1/sign", secret);
        SigningKey::from_seed(&derive::expand(&prk, b"ed25519"))
    }

    /// A fresh key.
    pub(crate) fn generate(rng: &mut (impl CryptoRng + RngCore)) -> SigningKey {
        SigningKey(ed25519_dalek::SigningKey::generate(rng))
    }

    /// The 32-byte seed, for storing.
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The public key.
    pub fn public(&self) -> VerifyingKey {
        VerifyingKey(self.0.verifying_key())
    }

    /// Signs a message.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl VerifyingKey {
    /// Reads a public key, refusing points of small order and encodings that are not canonical.
    pub fn parse(bytes: &[u8; 32]) -> Result<VerifyingKey, SignError> {
        if let Some(last) = LAST_PARSED.get().filter(|last| last.0.as_bytes() == bytes) {
            return Ok(last);
        }
        let key = VerifyingKey::parse_uncached(bytes)?;
        LAST_PARSED.set(Some(key));
        Ok(key)
    }

    fn parse_uncached(bytes: &[u8; 32]) -> Result<VerifyingKey, SignError> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| SignError::NotAKey)?;
        if key.is_weak() {
            return Err(SignError::WeakKey);
        }
        if is_reduced(bytes) { Ok(VerifyingKey(key)) } else { Err(SignError::NotAKey) }
    }

    /// The 32 bytes of the key.
    pub fn bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The first 8 bytes of the key's SHA-256, as trailers show it.
    pub fn fingerprint(&self) -> [u8; 8] {
        short_sha256(self.0.as_bytes())
    }

    /// Checks a signature, strictly: no malleable signature and no weak point passes.
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), SignError> {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        self.0.verify_strict(message, &signature).map_err(|_| SignError::BadSignature)
    }
}

/// Whether a coordinate is below 2^255 - 19, whatever the highest bit is. Of the encodings of points by their y, the other odd ones,
/// x = 0 with a sign, are of points of small order.
pub(super) fn is_reduced(bytes: &[u8; 32]) -> bool {
    bytes[31] & 0x7f != 0x7f || bytes[1..31].iter().any(|byte| *byte != 0xff) || bytes[0] < 0xed
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", data_encoding::HEXLOWER.encode(&self.bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::framing::genesis_id;
    use crate::crypto::framing::{document_message, sha256};
    use data_encoding::{BASE64, HEXLOWER};

    fn hex<const N: usize>(text: &str) -> [u8; N] {
        HEXLOWER.decode(text.as_bytes()).unwrap().try_into().unwrap()
    }

    fn x25519_secret() -> [u8; 32] {
        std::array::from_fn(|i| u8::try_from(i).unwrap() + 1)
    }

    #[test]
    fn a_native_identity_signs_with_the_known_key() {
        let key = SigningKey::from_x25519(&x25519_secret());
        assert_eq!(*key.seed(), hex::<32>("23114df6b095ce7f9187a355128f60bb190f945902b133246a0d7690a0fd55b0"));
        let public = hex::<32>("f26e93433efa41843c124421bd946a491b0bf99d7e5bcfc6daef0fa603626374");
        assert_eq!(key.public().bytes(), public);
    }

    #[test]
    fn a_document_signature_is_the_known_answer() {
        let key = SigningKey::from_x25519(&x25519_secret());
        let vault_id = genesis_id(b"test genesis body\n");
        for (format, expected) in [
            ("v1", "btgpmcN4xQCtnl0Ud8l7mK++AFose/fUa9JwXm24HKCDokN60OB1qlKLV4obq3WeAtyo3xwohScMmu3bCrg1CQ=="),
            ("v2", "c0w4Of8vSKpNOAjz3h1u+3shrM/0etwlQHX9PQJJ7BGxm3rIETkKhPPe6GwZZc7bLZP86kiIwa6Y5sP/jd3zBQ=="),
        ] {
            let body = format!("format: \"vault/{format}\"\nkind: \"parameter\"\n");
            let message = document_message(&vault_id, "params/prod/db/password.yaml", body.as_bytes());
            let signature = key.sign(&message);
            assert_eq!(BASE64.encode(&signature), expected);
            assert_eq!(key.public().verify(&message, &signature), Ok(()));
        }
    }

    #[test]
    fn rfc_8032_tests_1_to_3() {
        let cases = [
            (
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25b\
                 f5f0595bbe24655141438e7a100b",
            ),
            (
                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
                "72",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b\
                 2eaeb4302aeeb00d291612bb0c00",
            ),
            (
                "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
                "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
                "af82",
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c\
                 15e9716ed28dc027beceea1ec40a",
            ),
        ];
        for (seed, public, message, signature) in cases {
            let key = SigningKey::from_seed(&Zeroizing::new(hex(seed)));
            let message = HEXLOWER.decode(message.as_bytes()).unwrap();
            assert_eq!(key.public().bytes(), hex::<32>(public));
            assert_eq!(key.sign(&message), hex::<64>(signature));
            let parsed = VerifyingKey::parse(&hex(public)).unwrap();
            assert_eq!(parsed.verify(&message, &hex(signature)), Ok(()));
        }
    }

    #[test]
    fn a_key_is_itself_whatever_was_parsed_before() {
        let keys = [1, 2, 1, 1].map(|n| SigningKey::from_seed(&Zeroizing::new([n; 32])).public().bytes());
        for bytes in keys {
            assert_eq!(VerifyingKey::parse(&bytes).map(|key| key.bytes()), Ok(bytes));
            assert_eq!(VerifyingKey::parse(&[0; 32]), Err(SignError::WeakKey));
            assert_eq!(VerifyingKey::parse(&bytes).map(|key| key.bytes()), Ok(bytes));
        }
    }

    #[test]
    fn fingerprint_is_the_head_of_the_hash() {
        let key = SigningKey::from_x25519(&x25519_secret()).public();
        assert_eq!(key.fingerprint(), sha256(&key.bytes())[..8]);
    }

    #[test]
    fn points_of_small_order_are_refused() {
        let small = [
            "0100000000000000000000000000000000000000000000000000000000000000",
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0000000000000000000000000000000000000000000000000000000000000080",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
            "0100000000000000000000000000000000000000000000000000000000000080",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        ];
        for point in small {
            assert_eq!(VerifyingKey::parse(&hex(point)), Err(SignError::WeakKey), "{point}");
        }
    }

    #[test]
    fn encodings_that_are_not_canonical_are_refused() {
        // y between p and 2^255 has a second encoding below 19; each must be refused as itself or as no point at all.
        for low in 0xedu8..=0xff {
            let mut bytes = [0xff; 32];
            (bytes[0], bytes[31]) = (low, 0x7f);
            assert!(VerifyingKey::parse(&bytes).is_err(), "{low:x}");
        }
        let mut seen_as_other_point = false;
        for low in 0xefu8..=0xff {
            let mut bytes = [0xff; 32];
            (bytes[0], bytes[31]) = (low, 0x7f);
            seen_as_other_point |= ed25519_dalek::VerifyingKey::from_bytes(&bytes).is_ok_and(|key| !key.is_weak());
        }
        assert!(seen_as_other_point, "the check is needed only if such points decompress");
    }

    #[test]
    fn an_encoding_is_canonical_if_it_is_what_its_point_is_written_as() {
        let largest = (0..=255).flat_map(|low| [0x7f, 0xff].map(|high| (low, high)));
        let encodings = largest.map(|(low, high)| {
            let mut bytes = [0xff; 32];
            (bytes[0], bytes[31]) = (low, high);
            bytes
        });
        let mut points = 0;
        for bytes in encodings {
            let Ok(key) = ed25519_dalek::VerifyingKey::from_bytes(&bytes) else { continue };
            points += 1;
            let is_own = key.to_edwards().compress().as_bytes() == &bytes;
            assert!(key.is_weak() || is_reduced(&bytes) == is_own, "{bytes:?}");
        }
        assert!(points > 100);
    }

    #[test]
    fn a_changed_signature_message_or_key_is_refused() {
        let (one, two) = (SigningKey::from_x25519(&[1; 32]), SigningKey::from_x25519(&[2; 32]));
        let signature = one.sign(b"message");
        assert_eq!(one.public().verify(b"massage", &signature), Err(SignError::BadSignature));
        assert_eq!(two.public().verify(b"message", &signature), Err(SignError::BadSignature));
        for bit in 0..512 {
            let mut changed = signature;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(one.public().verify(b"message", &changed), Err(SignError::BadSignature), "bit {bit}");
        }
    }

    #[test]
    fn a_second_form_of_the_same_signature_is_refused() {
        // S + L verifies in lax implementations.
        let order = hex::<32>("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
        let key = SigningKey::from_x25519(&[1; 32]);
        let mut signature = key.sign(b"message");
        let mut carry = 0;
        for (byte, add) in signature[32..].iter_mut().zip(order) {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            *byte = sum.to_le_bytes()[0];
            carry = sum >> 8;
        }
        assert_eq!(key.public().verify(b"message", &signature), Err(SignError::BadSignature));
    }

    #[test]
    fn a_generated_key_comes_back_from_its_seed() {
        let key = SigningKey::generate(&mut rand::rngs::OsRng);
        assert_eq!(SigningKey::from_seed(&key.seed()).public(), key.public());
    }
}
