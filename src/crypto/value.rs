//! Values: sealed under a key version and bound to the place where they belong (FORMAT.md, values).
//!
//! Two codecs: `xc1:` is XChaCha20-Poly1305 under a key per document; `age1:` is a stock age file to the key version's
//! seal recipient, which people who may write but not read can create too.

use std::iter;

use chacha20poly1305::aead::{AeadInPlace as _, KeyInit as _};
use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};
use data_encoding::{BASE64, HEXLOWER};
use rand::{CryptoRng, RngCore};
use zeroize::{Zeroize as _, Zeroizing};

use super::agefile::{self, AgeError};
use super::base64;
use super::framing::{framed, sha256};
use super::identity::Identity;
use super::key::KeyMaterial;
use super::keytext;
use super::padding::{bucket, is_padded};
use super::recipient::{Recipient, parse_x25519};

/// What values of the codec of this program begin with.
pub(crate) const XC1: &str = "xc1:";
/// What values that are age files begin with.
pub(crate) const AGE1: &str = "age1:";
/// The longest sealed text that is made or read, in bytes: sixteen times the largest value of any kind.
const MAX_TEXT: usize = 1024 * 1024;
const NONCE: usize = 24;
const TAG: usize = 16;
/// The bytes of the length before an `xc1:` plaintext.
const LENGTH: usize = 4;

/// Where a value belongs. A value sealed in one context opens in no other.
#[derive(Debug, Clone, Copy)]
pub struct ValueContext<'a> {
    /// The kind of document, such as `parameter`.
    pub kind: &'a str,
    /// The document's id.
    pub doc_id: &'a [u8; 16],
    /// The document's name.
    pub name: &'a str,
    /// The id of the version inside the document.
    pub uid: &'a [u8; 16],
    /// The type of the value, such as `SecureString`.
    pub value_type: &'a str,
}

/// Why a value was not sealed or not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// The key or the place is a different one, or the text was changed; it is impossible to tell which.
    #[error("the value cannot be decrypted: wrong key, or it was altered")]
    Rejected,
    /// Not base64 in canonical form, or shorter than any sealed value.
    #[error("the sealed value is malformed")]
    Malformed,
    /// Neither `xc1:` nor `age1:`.
    #[error("the value uses an encryption format that this version does not know")]
    UnknownCodec,
    /// More than 1 MiB when sealed.
    #[error("the value is too large to be sealed")]
    TooLarge,
    /// The identity is none of those that a shared value is for.
    #[error("the value is sealed for somebody else")]
    NotARecipient,
    /// The seal recipient is not a native age recipient.
    #[error("the key's seal recipient is not valid")]
    BadRecipient,
    /// The operating system gave no randomness.
    #[error("no randomness is available")]
    NoRandomness,
    /// The age library failed.
    #[error("the age library failed")]
    Internal,
}

/// Seals a value as `xc1:…`.
pub fn seal(
    key: &KeyMaterial,
    context: &ValueContext<'_>,
    plaintext: &[u8],
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<String, ValueError> {
    // Encrypted in place, so that the plaintext in this buffer is gone when the seal is done.
    let mut sealed = laid_out(plaintext, rng)?;
    encrypt_in_place(&key.document_key(context.doc_id), &associated_data(key.place(), context), &mut sealed)?;
    encoded(XC1, &sealed)
}

/// A fresh nonce, the padded plaintext, and room for the tag.
fn laid_out(plaintext: &[u8], rng: &mut (impl CryptoRng + RngCore)) -> Result<Vec<u8>, ValueError> {
    let mut sealed = vec![0; NONCE + bucket(LENGTH + plaintext.len()) + TAG];
    rng.try_fill_bytes(&mut sealed[..NONCE]).map_err(|_| ValueError::NoRandomness)?;
    let length = u32::try_from(plaintext.len()).map_err(|_| ValueError::TooLarge)?;
    sealed[NONCE..NONCE + LENGTH].copy_from_slice(&length.to_be_bytes());
    sealed[NONCE + LENGTH..NONCE + LENGTH + plaintext.len()].copy_from_slice(plaintext);
    Ok(sealed)
}

/// Seals a value as `age1:…` to this key version.
pub fn seal_age1(key: &KeyMaterial, context: &ValueContext<'_>, plaintext: &[u8]) -> Result<String, ValueError> {
    let (vault_id, key_id, version) = key.place();
    seal_age1_to(&key.seal_recipient(), vault_id, key_id, version, context, plaintext)
}

/// Seals a value as `age1:…` to the seal recipient of a key version that we cannot open.
pub(crate) fn seal_age1_to(
    recipient: &str,
    vault_id: &[u8; 32],
    key_id: &[u8; 16],
    version: u64,
    context: &ValueContext<'_>,
    plaintext: &[u8],
) -> Result<String, ValueError> {
    let recipient = parse_x25519(recipient).map_err(|_| ValueError::BadRecipient)?;
    seal_file(&[recipient.as_age()], &associated_data((vault_id, key_id, version), context), plaintext)
}

/// Seals a value as `age1:…` for others, with the head line that it has in its own vault (FORMAT.md, shares).
pub(crate) fn seal_shared(
    recipients: &[Recipient],
    vault_id: &[u8; 32],
    (key_id, version): (&[u8; 16], u64),
    context: &ValueContext<'_>,
    plaintext: &[u8],
) -> Result<String, ValueError> {
    let recipients: Vec<_> = recipients.iter().map(Recipient::as_age).collect();
    seal_file(&recipients, &associated_data((vault_id, key_id, version), context), plaintext)
}

fn seal_file(recipients: &[&dyn age::Recipient], aad: &[u8], plaintext: &[u8]) -> Result<String, ValueError> {
    if plaintext.len() > MAX_TEXT {
        return Err(ValueError::TooLarge);
    }
    let head = age1_head(aad, plaintext.len());
    let end = head.len() + plaintext.len();
    let mut padded = Zeroizing::new(vec![0; bucket(end)]);
    padded[..head.len()].copy_from_slice(head.as_bytes());
    padded[head.len()..end].copy_from_slice(plaintext);
    let sealed = agefile::encrypt(recipients, &padded).map_err(|error| match error {
        AgeError::MixedRecipients => ValueError::BadRecipient,
        _ => ValueError::Internal,
    })?;
    encoded(AGE1, &sealed)
}

/// Whether a sealed value is an age file, as contributors who cannot read the key write it.
pub(crate) fn is_age1(text: &str) -> bool {
    text.starts_with(AGE1)
}

/// Opens a value that was sealed for others, if it is the one of `context` under one of these key versions.
pub(crate) fn open_shared<'k>(
    identity: &Identity,
    vault_id: &[u8; 32],
    keys: impl IntoIterator<Item = (&'k [u8; 16], u64)>,
    context: &ValueContext<'_>,
    text: &str,
) -> Result<Zeroizing<Vec<u8>>, ValueError> {
    let sealed = decoded(text.strip_prefix(AGE1).ok_or(ValueError::UnknownCodec)?)?;
    let padded = agefile::decrypt(&sealed, identity.as_age()).map_err(|error| match error {
        AgeError::NoMatchingIdentity => ValueError::NotARecipient,
        AgeError::Internal | AgeError::Plugin(_) => ValueError::Internal,
        _ => ValueError::Rejected,
    })?;
    let places = keys.into_iter().map(|(id, version)| associated_data((vault_id, id, version), context));
    after_head(&padded, places)
}

/// Opens a value of either codec.
pub fn open(key: &KeyMaterial, context: &ValueContext<'_>, text: &str) -> Result<Zeroizing<Vec<u8>>, ValueError> {
    if text.len() > MAX_TEXT {
        return Err(ValueError::TooLarge);
    }
    let aad = associated_data(key.place(), context);
    if let Some(text) = text.strip_prefix(XC1) {
        open_xc1(&key.document_key(context.doc_id), &aad, decoded(text)?)
    } else if let Some(text) = text.strip_prefix(AGE1) {
        open_age1(&key.seal_secret(), &aad, &decoded(text)?)
    } else {
        Err(ValueError::UnknownCodec)
    }
}

fn open_xc1(key: &[u8; 32], aad: &[u8], sealed: Vec<u8>) -> Result<Zeroizing<Vec<u8>>, ValueError> {
    let mut sealed = Zeroizing::new(sealed);
    let padded = decrypt_in_place(key, aad, &mut sealed)?;
    let (length, _) = padded.split_first_chunk::<LENGTH>().ok_or(ValueError::Rejected)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| ValueError::Rejected)?;
    unpadded(padded, LENGTH, length)
}

fn open_age1(secret: &[u8; 32], aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, ValueError> {
    let identity: age::x25519::Identity = keytext::secret_text(secret).parse().map_err(|_| ValueError::Internal)?;
    let padded =
        agefile::decrypt(sealed, iter::once(&identity as &dyn age::Identity)).map_err(|error| match error {
            AgeError::Internal => ValueError::Internal,
            _ => ValueError::Rejected,
        })?;
    after_head(&padded, iter::once(aad))
}

/// What follows the head of an `age1:` plaintext, which must be that of one of these places.
fn after_head(padded: &[u8], places: impl Iterator<Item: AsRef<[u8]>>) -> Result<Zeroizing<Vec<u8>>, ValueError> {
    let length = age1_length(padded).ok_or(ValueError::Rejected)?;
    let mut heads = places.map(|aad| age1_head(aad.as_ref(), length));
    let head = heads.find(|head| padded.starts_with(head.as_bytes())).ok_or(ValueError::Rejected)?;
    unpadded(padded, head.len(), length)
}

/// The `length` bytes after the head, if nothing but zeroes up to the exact bucket follows them.
fn unpadded(padded: &[u8], head: usize, length: usize) -> Result<Zeroizing<Vec<u8>>, ValueError> {
    let end = head.checked_add(length).filter(|end| is_padded(padded, *end)).ok_or(ValueError::Rejected)?;
    Ok(Zeroizing::new(padded[head..end].to_vec()))
}

/// The line before an `age1:` plaintext. It replaces additional authenticated data, which age does not support.
fn age1_head(aad: &[u8], length: usize) -> String {
    format!("vault-value/v1 {} {length}\n", HEXLOWER.encode(&sha256(aad)))
}

/// The length that the head claims, which is the third word of the line.
fn age1_length(padded: &[u8]) -> Option<usize> {
    let line = padded.split(|byte| *byte == b'\n').next()?;
    std::str::from_utf8(line).ok()?.split(' ').nth(2)?.parse().ok()
}

fn associated_data((vault_id, key_id, version): (&[u8; 32], &[u8; 16], u64), context: &ValueContext<'_>) -> Vec<u8> {
    let mut aad = framed(&[
        b"vault/v1/value",
        vault_id,
        context.kind.as_bytes(),
        context.doc_id,
        context.name.as_bytes(),
        context.uid,
        context.value_type.as_bytes(),
        key_id,
    ]);
    aad.extend_from_slice(&version.to_be_bytes());
    aad
}

/// Encrypts the middle of `nonce ‖ plaintext ‖ room for the tag`.
fn encrypt_in_place(key: &[u8; 32], aad: &[u8], sealed: &mut [u8]) -> Result<(), ValueError> {
    let (nonce, rest) = sealed.split_at_mut(NONCE);
    let (body, tag) = rest.split_at_mut(rest.len() - TAG);
    let cipher = XChaCha20Poly1305::new(key.into());
    let made = cipher.encrypt_in_place_detached(XNonce::from_slice(nonce), aad, body);
    wipe_stack();
    tag.copy_from_slice(&made.map_err(|_| ValueError::TooLarge)?);
    Ok(())
}

/// Decrypts the middle of `nonce ‖ ciphertext ‖ tag`.
fn decrypt_in_place<'a>(key: &[u8; 32], aad: &[u8], sealed: &'a mut [u8]) -> Result<&'a [u8], ValueError> {
    let (nonce, rest) = sealed.split_at_mut_checked(NONCE).ok_or(ValueError::Malformed)?;
    let split = rest.len().checked_sub(TAG).ok_or(ValueError::Malformed)?;
    let (body, tag) = rest.split_at_mut(split);
    let cipher = XChaCha20Poly1305::new(key.into());
    let opened = cipher.decrypt_in_place_detached(XNonce::from_slice(nonce), aad, body, Tag::from_slice(tag));
    wipe_stack();
    opened.map_err(|_| ValueError::Rejected)?;
    Ok(body)
}

/// Overwrites the part of the stack that the cipher has just used: it copies blocks of the plaintext there.
#[inline(never)]
fn wipe_stack() {
    // In a build without optimisation the cipher takes more than half of this; tests/it/memory.rs searches for what is
    // left.
    let mut room = [0_u64; 2048];
    room.zeroize();
    std::hint::black_box(&mut room);
}

fn encoded(codec: &str, sealed: &[u8]) -> Result<String, ValueError> {
    let length = codec.len() + BASE64.encode_len(sealed.len());
    if length > MAX_TEXT {
        return Err(ValueError::TooLarge);
    }
    let mut text = String::with_capacity(length);
    text.push_str(codec);
    BASE64.encode_append(sealed, &mut text);
    Ok(text)
}

fn decoded(text: &str) -> Result<Vec<u8>, ValueError> {
    base64::decode(text.as_bytes()).map_err(|_| ValueError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::fixture::{self, KNOWN_CONTEXT, KNOWN_KEY_ID, KNOWN_VERSION, hex, known_key};
    use crate::crypto::{key::open_payload, wrap};
    use rand::rngs::OsRng;

    const KNOWN_TEXT: &str = "xc1:QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXThHZa7I9gfJN7LOUhi2mCGZkHW49hfsBHG6DR8Wsvl5x3NJN4QHp\
                              wEDCzE839cp2ZGbbgQxztI9QGg1DflBWJzhAdYrcWgRtFHCayXbzL3A=";

    /// Counts up from 0x40, as the known answers want their nonce.
    struct Counting;

    impl CryptoRng for Counting {}

    impl RngCore for Counting {
        fn next_u32(&mut self) -> u32 {
            unreachable!("only bytes are drawn")
        }

        fn next_u64(&mut self) -> u64 {
            unreachable!("only bytes are drawn")
        }

        fn fill_bytes(&mut self, bytes: &mut [u8]) {
            bytes.iter_mut().zip(0x40..).for_each(|(byte, count)| *byte = count);
        }

        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand::Error> {
            self.fill_bytes(bytes);
            Ok(())
        }
    }

    /// An operating system without randomness.
    struct Failing;

    impl CryptoRng for Failing {}

    impl RngCore for Failing {
        fn next_u32(&mut self) -> u32 {
            unreachable!("only bytes are drawn")
        }

        fn next_u64(&mut self) -> u64 {
            unreachable!("only bytes are drawn")
        }

        fn fill_bytes(&mut self, _bytes: &mut [u8]) {
            unreachable!("cannot report the failure")
        }

        fn try_fill_bytes(&mut self, _bytes: &mut [u8]) -> Result<(), rand::Error> {
            Err(rand::Error::new("none"))
        }
    }

    fn sealed(plaintext: &[u8]) -> String {
        seal(&known_key(), &KNOWN_CONTEXT, plaintext, &mut OsRng).unwrap()
    }

    fn opened(text: &str) -> Result<Vec<u8>, ValueError> {
        open(&known_key(), &KNOWN_CONTEXT, text).map(|plaintext| plaintext.to_vec())
    }

    /// A value of codec `xc1` whose padded plaintext is exactly these bytes.
    fn sealed_raw(padded: &[u8]) -> String {
        let key = known_key();
        let mut bytes = vec![0; NONCE + padded.len() + TAG];
        bytes[NONCE..NONCE + padded.len()].copy_from_slice(padded);
        let aad = associated_data(key.place(), &KNOWN_CONTEXT);
        encrypt_in_place(&key.document_key(KNOWN_CONTEXT.doc_id), &aad, &mut bytes).unwrap();
        encoded(XC1, &bytes).unwrap()
    }

    /// A value of codec `age1` whose age plaintext is exactly these bytes.
    fn sealed_age1_raw(padded: &[u8]) -> String {
        let recipient = parse_x25519(&known_key().seal_recipient()).unwrap();
        encoded(AGE1, &agefile::encrypt(&[recipient.as_age()], padded).unwrap()).unwrap()
    }

    #[test]
    fn associated_data_is_the_known_answer() {
        let aad = associated_data(known_key().place(), &KNOWN_CONTEXT);
        assert_eq!(aad.len(), 172);
        assert_eq!(sha256(&aad), hex("48ac4b600c528505c8f8a4fea87fc93d5ebd0889087441dd720775ad76d70aab"));
    }

    #[test]
    fn associated_data_of_a_64_bit_version_is_the_known_answer() {
        let key = known_key();
        let (vault, id, _) = key.place();
        let aad = associated_data((vault, id, 0xc1e3_a0b5_f2d4_9687), &KNOWN_CONTEXT);
        assert_eq!(sha256(&aad), hex("fe81b9c051579a036c8c67715925636e09f00267113bf646d94e0f5be5b106ee"));
    }

    #[test]
    fn the_sealed_value_is_the_known_answer() {
        let text = seal(&known_key(), &KNOWN_CONTEXT, b"hunter2", &mut Counting).unwrap();
        assert_eq!(text, KNOWN_TEXT);
        assert_eq!(opened(KNOWN_TEXT).unwrap(), b"hunter2");
    }

    #[test]
    fn a_million_nonces_are_a_million() {
        const COUNT: usize = 1_000_000;
        let mut seen = std::collections::HashSet::with_capacity(COUNT);
        for _ in 0..COUNT {
            let sealed = laid_out(b"", &mut OsRng).unwrap();
            assert!(seen.insert(*sealed.first_chunk::<NONCE>().unwrap()), "used twice");
        }
        for _ in 0..1000 {
            let sealed = decoded(&sealed(b"")[XC1.len()..]).unwrap();
            assert!(seen.insert(*sealed.first_chunk::<NONCE>().unwrap()), "used twice");
        }
    }

    #[test]
    fn the_reference_vault_opens_from_identity_to_values() {
        for member in ["alice", "recovery"] {
            let payload = wrap::unwrap(&fixture::wrapped(), &fixture::member(member)).unwrap();
            let (vault_id, key_id) = (fixture::vault_id(), fixture::key_id());
            let key = open_payload(&payload, fixture::VAULT_TEXT, &vault_id, &key_id, 1).unwrap();
            let parameter = reference_values(&key, "params/prod/db/password.yaml");
            assert_eq!(parameter, ["hunter1", "hunter2"]);
            let secret = reference_values(&key, "secrets/prod/db.yaml");
            assert_eq!(secret, [r#"{"user":"app","password":"old"}"#, r#"{"user":"app","password":"new"}"#]);
        }
    }

    fn reference_values(key: &KeyMaterial, path: &str) -> Vec<String> {
        let document = fixture::file(&format!("vault/{path}"));
        let [kind, id, name] = ["kind", "id", "name"].map(|field| fixture::field(&document, field));
        let [uids, types, values] = ["uid", "type", "value"].map(|field| fixture::fields(&document, field));
        let opened = uids.iter().zip(&types).zip(&values).map(|((uid, value_type), value)| {
            let (doc_id, uid) = (hex(&id), hex(uid));
            let context = ValueContext { kind: &kind, doc_id: &doc_id, name: &name, uid: &uid, value_type };
            String::from_utf8(open(key, &context, value).unwrap().to_vec()).unwrap()
        });
        opened.collect()
    }

    #[test]
    fn the_draft_xchacha_vector_passes_through_our_cipher() {
        let key = std::array::from_fn(|i| 0x80 + u8::try_from(i).unwrap());
        let aad: [u8; 12] = hex("50515253c0c1c2c3c4c5c6c7");
        let plaintext = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, \
                          sunscreen would be it.";
        let mut sealed = vec![0; NONCE + plaintext.len() + TAG];
        sealed[..NONCE].copy_from_slice(&hex::<24>("404142434445464748494a4b4c4d4e4f5051525354555657"));
        sealed[NONCE..NONCE + plaintext.len()].copy_from_slice(plaintext);
        encrypt_in_place(&key, &aad, &mut sealed).unwrap();
        let expected = "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda\
                        7e39ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b238\
                        3565d3fff921f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49";
        assert_eq!(HEXLOWER.encode(&sealed[NONCE..]), expected);
        assert_eq!(decrypt_in_place(&key, &aad, &mut sealed).unwrap(), plaintext);
    }

    #[test]
    fn values_of_all_sorts_of_lengths_come_back_from_both_codecs() {
        for length in [0, 1, 59, 60, 61, 64, 1020, 1021, 4096, 8192, 65_536, 70_000] {
            let plaintext: Vec<u8> = (0..length).map(|i| u8::try_from(i % 251).unwrap()).collect();
            assert_eq!(opened(&sealed(&plaintext)).unwrap(), plaintext, "xc1 {length}");
            let text = seal_age1(&known_key(), &KNOWN_CONTEXT, &plaintext).unwrap();
            assert_eq!(opened(&text).unwrap(), plaintext, "age1 {length}");
        }
    }

    #[test]
    fn lengths_within_a_bucket_look_alike() {
        assert_eq!(sealed(b"").len(), sealed(&[1; 60]).len());
        assert_ne!(sealed(b"").len(), sealed(&[1; 61]).len());
        let age1 = |length| seal_age1(&known_key(), &KNOWN_CONTEXT, &vec![1; length]).unwrap().len();
        // age adds a grease stanza of random length, so only bounds can be told: 100 bytes of body and 70 of its line.
        assert!(age1(1).abs_diff(age1(44)) < 400);
    }

    #[test]
    fn any_other_place_is_refused() {
        let c = KNOWN_CONTEXT;
        let places = [
            ValueContext { kind: "secret", ..c },
            ValueContext { doc_id: &[0; 16], ..c },
            ValueContext { name: "/dev/db/password", ..c },
            ValueContext { uid: &[0; 16], ..c },
            ValueContext { value_type: "String", ..c },
        ];
        for text in [sealed(b"value"), seal_age1(&known_key(), &c, b"value").unwrap()] {
            for place in &places {
                assert_eq!(open(&known_key(), place, &text).unwrap_err(), ValueError::Rejected, "{place:?}");
            }
        }
    }

    #[test]
    fn any_other_key_vault_or_version_is_refused() {
        let k: [u8; 32] = std::array::from_fn(|i| u8::try_from(i).unwrap());
        let vault = fixture::known_vault_id();
        let keys = [
            KeyMaterial::new(&[9; 32], &vault, &KNOWN_KEY_ID, KNOWN_VERSION),
            KeyMaterial::new(&k, &[9; 32], &KNOWN_KEY_ID, KNOWN_VERSION),
            KeyMaterial::new(&k, &vault, &[9; 16], KNOWN_VERSION),
            KeyMaterial::new(&k, &vault, &KNOWN_KEY_ID, 3),
        ];
        for text in [sealed(b"value"), seal_age1(&known_key(), &KNOWN_CONTEXT, b"value").unwrap()] {
            for key in &keys {
                assert_eq!(open(key, &KNOWN_CONTEXT, &text).unwrap_err(), ValueError::Rejected);
            }
        }
    }

    #[test]
    fn every_changed_bit_and_every_truncation_is_refused() {
        let bytes = BASE64.decode(&KNOWN_TEXT.as_bytes()[4..]).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(opened(&encoded(XC1, &changed).unwrap()), Err(ValueError::Rejected), "bit {bit}");
        }
        for length in 0..KNOWN_TEXT.len() {
            assert!(opened(&KNOWN_TEXT[..length]).is_err(), "cut at {length}");
        }
        let age1 = seal_age1(&known_key(), &KNOWN_CONTEXT, b"value").unwrap();
        for length in 0..age1.len() {
            assert!(opened(&age1[..length]).is_err(), "cut at {length}");
        }
    }

    #[test]
    fn padding_must_be_exact() {
        let mut padded = [0; 64];
        padded[3] = 5;
        padded[4..9].copy_from_slice(b"value");
        assert_eq!(opened(&sealed_raw(&padded)).unwrap(), b"value");
        padded[63] = 1;
        assert_eq!(opened(&sealed_raw(&padded)), Err(ValueError::Rejected), "fill that is not zero");
        padded[63] = 0;
        let wide = [padded.as_slice(), &[0; 64]].concat();
        assert_eq!(opened(&sealed_raw(&wide)), Err(ValueError::Rejected), "a bucket too large");
        assert_eq!(opened(&sealed_raw(&padded[..32])), Err(ValueError::Rejected), "no bucket");
        padded[..4].copy_from_slice(&61u32.to_be_bytes());
        assert_eq!(opened(&sealed_raw(&padded)), Err(ValueError::Rejected), "longer than the buffer");
        padded[..4].copy_from_slice(&u32::MAX.to_be_bytes());
        assert_eq!(opened(&sealed_raw(&padded)), Err(ValueError::Rejected), "longer than memory");
        assert_eq!(opened(&sealed_raw(&[])), Err(ValueError::Rejected), "no length");
    }

    #[test]
    fn padding_of_every_length_up_to_70_000_is_taken_and_one_byte_more_is_not() {
        let mut padded = vec![0; 80_000];
        for length in 0..=70_000 {
            let end = LENGTH + length;
            let exact = &padded[..bucket(end)];
            assert!(is_padded(exact, end), "{length}");
            assert!(!is_padded(&padded[..=bucket(end)], end), "{length}");
            assert!(!is_padded(&padded[..bucket(end) - 1], end), "{length}");
        }
        padded[70_100] = 1;
        assert!(unpadded(&padded[..bucket(LENGTH + 70_000)], LENGTH, 70_000).is_err());
    }

    #[test]
    fn the_head_of_an_age1_value_must_be_exact() {
        let aad = associated_data(known_key().place(), &KNOWN_CONTEXT);
        let with_head = |head: &str| {
            let content = [head.as_bytes(), b"value"].concat();
            let mut padded = content.clone();
            padded.resize(bucket(content.len()), 0);
            opened(&sealed_age1_raw(&padded))
        };
        let head = age1_head(&aad, 5);
        assert_eq!(with_head(&head).unwrap(), b"value");
        assert_eq!(with_head(&head.replace(" 5\n", " 05\n")), Err(ValueError::Rejected));
        assert_eq!(with_head(&head.replace(" 5\n", " +5\n")), Err(ValueError::Rejected));
        assert_eq!(with_head(&head.replace(" 5\n", " 4\n")), Err(ValueError::Rejected));
        assert_eq!(with_head(&head.replace(" 5\n", " 5000\n")), Err(ValueError::Rejected));
        assert_eq!(with_head(&head.replace(" 5\n", " 18446744073709551615\n")), Err(ValueError::Rejected));
        assert_eq!(with_head(&head.replace("v1", "v2")), Err(ValueError::Rejected));
        assert_eq!(with_head(&head.to_uppercase()), Err(ValueError::Rejected));
        assert_eq!(with_head("\n"), Err(ValueError::Rejected));
        assert_eq!(opened(&sealed_age1_raw(b"")), Err(ValueError::Rejected));
    }

    #[test]
    fn base64_is_strict() {
        for text in [
            KNOWN_TEXT.replace("L3A=", "L3B="),
            KNOWN_TEXT.replace("L3A=", "L3A"),
            KNOWN_TEXT.replace("L3A=", "L3A=\n"),
            KNOWN_TEXT.replace("QEFC", "QE FC"),
            KNOWN_TEXT.replace("QEFC", "QEF-"),
            KNOWN_TEXT.replace("xc1:", "xc1: "),
            "xc1:".into(),
            "xc1:AAAA".into(),
        ] {
            assert_eq!(opened(&text), Err(ValueError::Malformed), "{text}");
        }
        for text in ["", "xc2:AAAA", "XC1:AAAA", "hunter2", "xc1"] {
            assert_eq!(opened(text), Err(ValueError::UnknownCodec), "{text}");
        }
    }

    #[test]
    fn absurd_sizes_are_refused_before_work() {
        assert_eq!(opened(&format!("xc1:{}", "A".repeat(MAX_TEXT))), Err(ValueError::TooLarge));
        let plaintext = vec![0; MAX_TEXT];
        assert_eq!(seal(&known_key(), &KNOWN_CONTEXT, &plaintext, &mut OsRng), Err(ValueError::TooLarge));
        assert_eq!(seal_age1(&known_key(), &KNOWN_CONTEXT, &plaintext), Err(ValueError::TooLarge));
    }

    #[test]
    fn nonces_do_not_repeat_and_no_randomness_is_an_error() {
        let nonces: std::collections::HashSet<String> = (0..2000).map(|_| sealed(b"")[4..36].to_owned()).collect();
        assert_eq!(nonces.len(), 2000);
        assert_eq!(seal(&known_key(), &KNOWN_CONTEXT, b"", &mut Failing), Err(ValueError::NoRandomness));
    }

    #[test]
    fn a_contributor_without_the_key_seals_what_a_reader_opens() {
        let key = known_key();
        let (vault, id) = (fixture::known_vault_id(), KNOWN_KEY_ID);
        let seal_to = |to: &str| seal_age1_to(to, &vault, &id, KNOWN_VERSION, &KNOWN_CONTEXT, b"value");
        assert_eq!(opened(&seal_to(&key.seal_recipient()).unwrap()).unwrap(), b"value");
        assert_eq!(seal_to("age1notakey"), Err(ValueError::BadRecipient));
        assert_eq!(seal_to(&keytext::public_text(&[0; 32])), Err(ValueError::BadRecipient));
        let other = fixture::stranger().recipients().remove(0);
        assert_eq!(opened(&seal_to(&other).unwrap()), Err(ValueError::Rejected));
    }

    #[test]
    fn stock_age_opens_an_age1_value_with_the_seal_identity() {
        let key = known_key();
        let text = seal_age1(&key, &KNOWN_CONTEXT, b"value").unwrap();
        let directory = tempfile::tempdir().unwrap();
        let identity = directory.path().join("seal.txt");
        std::fs::write(&identity, keytext::secret_text(&key.seal_secret()).as_bytes()).unwrap();
        let file = BASE64.decode(&text.as_bytes()[5..]).unwrap();
        let Some(plaintext) = fixture::run("age", &["-d", "-i", identity.to_str().unwrap()], &file) else {
            return;
        };
        let head = "vault-value/v1 48ac4b600c528505c8f8a4fea87fc93d5ebd0889087441dd720775ad76d70aab 5\n";
        assert!(plaintext.starts_with(format!("{head}value\0").as_bytes()));
        assert_eq!(plaintext.len(), 128);
    }
}
