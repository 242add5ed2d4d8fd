//! One opened version of a key, and what is derived from it (FORMAT.md, derivations).

use curve25519_dalek::MontgomeryPoint;
use data_encoding::{BASE64, HEXLOWER};
use rand::{CryptoRng, RngCore};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::framing::lp;
use super::{derive, keytext};

/// The base64 text of a key with the line feed that ends the payload.
const KEY_TEXT: usize = 44 + 1;
/// What base64 needs as room to decode a key: full groups of three.
const KEY_ROOM: usize = 33;

/// The 32 random bytes of a key version, bound to the vault, key and version they belong to. Neither shown nor copied.
pub struct KeyMaterial {
    // Boxed, so that moving the struct leaves no copies of the secrets behind.
    key: Box<Zeroizing<[u8; 32]>>,
    prk: Box<Zeroizing<[u8; 32]>>,
    vault_id: [u8; 32],
    key_id: [u8; 16],
    version: u64,
}

/// Why the payload of a wrap was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Another vault, key or version than the one it was found under, or no key at all.
    #[error("the wrapped key does not belong to this vault, key and version")]
    OtherKey,
    /// The right beginning, but no key after it.
    #[error("the wrapped key is malformed")]
    Malformed,
}

impl KeyMaterial {
    /// The key version with these bytes.
    pub fn new(k: &[u8; 32], vault_id: &[u8; 32], key_id: &[u8; 16], version: u64) -> KeyMaterial {
        let mut key = Box::new(Zeroizing::new([0; 32]));
        key.copy_from_slice(k);
        let prk = Box::new(derive::extract(b"vault/v1", k));
        KeyMaterial { key, prk, vault_id: *vault_id, key_id: *key_id, version }
    }

    /// A fresh key version.
    pub fn generate(
        vault_id: &[u8; 32],
        key_id: &[u8; 16],
        version: u64,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> KeyMaterial {
        let mut k = Zeroizing::new([0; 32]);
        rng.fill_bytes(k.as_mut_slice());
        KeyMaterial::new(&k, vault_id, key_id, version)
    }

    /// The key check value, which says nothing about the key.
    pub fn check(&self) -> [u8; 16] {
        *self.derived(b"vault/v1/key-check", None)
    }

    /// Whether a key check value is this key's.
    pub fn matches(&self, check: &[u8; 16]) -> bool {
        self.check().ct_eq(check).into()
    }

    /// The recipient, `age1…`, that write-only contributors seal values to.
    pub fn seal_recipient(&self) -> String {
        let point = MontgomeryPoint::mul_base_clamped(*self.seal_secret());
        keytext::public_text(point.as_bytes())
    }

    /// The line that goes into a wrap: `vault-key/v1 <vault> <key id> <version> <base64 of the key>`.
    ///
    /// `vault_text` is the vault's id as people see it.
    pub fn payload(&self, vault_text: &str) -> Zeroizing<String> {
        let head = payload_head(vault_text, &self.key_id, self.version);
        let mut text = Zeroizing::new(String::with_capacity(head.len() + KEY_TEXT));
        text.push_str(&head);
        BASE64.encode_append(self.key.as_slice(), &mut text);
        text.push('\n');
        text
    }

    /// The key for the values of one document.
    pub(super) fn document_key(&self, doc_id: &[u8; 16]) -> Zeroizing<[u8; 32]> {
        self.derived(b"vault/v1/value-key", Some(doc_id))
    }

    /// The secret of [`KeyMaterial::seal_recipient`].
    pub(super) fn seal_secret(&self) -> Zeroizing<[u8; 32]> {
        self.derived(b"vault/v1/seal-x25519", None)
    }

    /// The id of the vault, the id of the key, and the number of the version.
    pub(super) fn place(&self) -> (&[u8; 32], &[u8; 16], u64) {
        (&self.vault_id, &self.key_id, self.version)
    }

    fn derived<const N: usize>(&self, label: &[u8], doc_id: Option<&[u8; 16]>) -> Zeroizing<[u8; N]> {
        let mut info = Vec::with_capacity(128);
        lp(&mut info, label);
        lp(&mut info, &self.vault_id);
        lp(&mut info, &self.key_id);
        info.extend_from_slice(&self.version.to_be_bytes());
        if let Some(doc_id) = doc_id {
            lp(&mut info, doc_id);
        }
        derive::expand(&self.prk, &info)
    }
}

/// Reads the payload of a wrap. Every part must be what the key document said it would be.
pub fn open_payload(
    payload: &[u8],
    vault_text: &str,
    vault_id: &[u8; 32],
    key_id: &[u8; 16],
    version: u64,
) -> Result<KeyMaterial, KeyError> {
    let head = payload_head(vault_text, key_id, version);
    let rest = payload.strip_prefix(head.as_bytes()).ok_or(KeyError::OtherKey)?;
    let text = rest.strip_suffix(b"\n").filter(|text| text.len() + 1 == KEY_TEXT).ok_or(KeyError::Malformed)?;
    let mut decoded = Zeroizing::new([0; KEY_ROOM]);
    let length = BASE64.decode_mut(text, decoded.as_mut_slice()).map_err(|_| KeyError::Malformed)?;
    let key = decoded.first_chunk::<32>().filter(|_| length == 32).ok_or(KeyError::Malformed)?;
    Ok(KeyMaterial::new(key, vault_id, key_id, version))
}

fn payload_head(vault_text: &str, key_id: &[u8; 16], version: u64) -> String {
    format!("vault-key/v1 {vault_text} {} {version} ", HEXLOWER.encode(key_id))
}
