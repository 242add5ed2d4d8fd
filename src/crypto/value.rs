//! Values: sealed under a key version and bound to the place they belong to (FORMAT.md, values).
//!
//! Two codecs: `xc1:` is XChaCha20-Poly1305 under a key per document; `age1:` is a stock age file to the key version's seal
//! recipient, which people who may write but not read can make too.

use chacha20poly1305::aead::{AeadInPlace as _, KeyInit as _};
use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};
use data_encoding::{BASE64, HEXLOWER};
use rand::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use super::agefile::{self, AgeError};
use super::framing::{framed, sha256};
use super::key::KeyMaterial;
use super::keytext;
use super::padding::{bucket, is_padded};
use super::recipient::parse_x25519;

const XC1: &str = "xc1:";
const AGE1: &str = "age1:";
/// The longest sealed text that is made or read, in bytes: sixteen times the largest value of any kind.
const MAX_TEXT: usize = 1024 * 1024;
const NONCE: usize = 24;
const TAG: usize = 16;
/// The bytes of the length before an `xc1:` plaintext.
const LENGTH: usize = 4;

/// Where a value belongs. Sealed in one context, it opens in no other.
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
    /// The key is another one, the place is another one, or the text was changed: which, nobody can tell.
    #[error("the value does not open: wrong key, or not as it was sealed")]
    Rejected,
    /// Not base64 in canonical form, or shorter than any sealed value.
    #[error("the sealed value is malformed")]
    Malformed,
    /// Neither `xc1:` nor `age1:`.
    #[error("the value is sealed in a way this version does not know")]
    UnknownCodec,
    /// More than 1 MiB when sealed.
    #[error("the value is too large to be sealed")]
    TooLarge,
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
    let padded = bucket(LENGTH + plaintext.len());
    // Encrypted in place, so that the plaintext in this buffer is gone when the seal is done.
    let mut sealed = vec![0; NONCE + padded + TAG];
    rng.try_fill_bytes(&mut sealed[..NONCE]).map_err(|_| ValueError::NoRandomness)?;
    let length = u32::try_from(plaintext.len()).map_err(|_| ValueError::TooLarge)?;
    sealed[NONCE..NONCE + LENGTH].copy_from_slice(&length.to_be_bytes());
    sealed[NONCE + LENGTH..NONCE + LENGTH + plaintext.len()].copy_from_slice(plaintext);
    encrypt_in_place(&key.document_key(context.doc_id), &associated_data(key.place(), context), &mut sealed)?;
    encoded(XC1, &sealed)
}

/// Seals a value as `age1:…` to this key version.
pub fn seal_age1(key: &KeyMaterial, context: &ValueContext<'_>, plaintext: &[u8]) -> Result<String, ValueError> {
    let (vault_id, key_id, version) = key.place();
    seal_age1_to(&key.seal_recipient(), vault_id, key_id, version, context, plaintext)
}

/// Seals a value as `age1:…` to the seal recipient of a key version that we cannot open.
pub fn seal_age1_to(
    recipient: &str,
    vault_id: &[u8; 32],
    key_id: &[u8; 16],
    version: u64,
    context: &ValueContext<'_>,
    plaintext: &[u8],
) -> Result<String, ValueError> {
    let recipient = parse_x25519(recipient).map_err(|_| ValueError::BadRecipient)?;
    if plaintext.len() > MAX_TEXT {
        return Err(ValueError::TooLarge);
    }
    let head = age1_head(&associated_data((vault_id, key_id, version), context), plaintext.len());
    let content = head.len() + plaintext.len();
    let mut padded = Zeroizing::new(vec![0; bucket(content)]);
    padded[..head.len()].copy_from_slice(head.as_bytes());
    padded[head.len()..content].copy_from_slice(plaintext);
    let sealed = agefile::encrypt(&[recipient.as_age()], &padded).map_err(|_| ValueError::Internal)?;
    encoded(AGE1, &sealed)
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
    let identities: [&dyn age::Identity; 1] = [&identity];
    let padded = agefile::decrypt(sealed, identities.into_iter()).map_err(|error| match error {
        AgeError::Internal => ValueError::Internal,
        _ => ValueError::Rejected,
    })?;
    let length = age1_length(&padded).ok_or(ValueError::Rejected)?;
    let head = age1_head(aad, length);
    if !padded.starts_with(head.as_bytes()) {
        return Err(ValueError::Rejected);
    }
    unpadded(&padded, head.len(), length)
}

/// The `length` bytes after the head, if nothing but zeroes up to the exact bucket follows them.
fn unpadded(padded: &[u8], head: usize, length: usize) -> Result<Zeroizing<Vec<u8>>, ValueError> {
    let end = head.checked_add(length).filter(|end| is_padded(padded, *end)).ok_or(ValueError::Rejected)?;
    Ok(Zeroizing::new(padded[head..end].to_vec()))
}

/// The line before an `age1:` plaintext. It takes the place of the data that age cannot authenticate beside a file.
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
    opened.map_err(|_| ValueError::Rejected)?;
    Ok(body)
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
    BASE64.decode(text.as_bytes()).map_err(|_| ValueError::Malformed)
}
