//! One opened version of a key, and what is derived from it (FORMAT.md, derivations).

use curve25519_dalek::MontgomeryPoint;
use data_encoding::{BASE64, HEXLOWER};
use rand::{CryptoRng, RngCore};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::framing::lp;
use super::{base64, derive, keytext};

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
    /// A different vault, key or version than the one it was found under, or not a key at all.
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
    pub(crate) fn generate(
        vault_id: &[u8; 32],
        key_id: &[u8; 16],
        version: u64,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> KeyMaterial {
        let mut k = Zeroizing::new([0; 32]);
        rng.fill_bytes(k.as_mut_slice());
        KeyMaterial::new(&k, vault_id, key_id, version)
    }

    /// The key check value, which reveals nothing about the key.
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

/// Reads the payload of a wrap. Every part must match the key document.
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
    let length = base64::decode_mut(text, decoded.as_mut_slice()).map_err(|_| KeyError::Malformed)?;
    let key = decoded.first_chunk::<32>().filter(|_| length == 32).ok_or(KeyError::Malformed)?;
    Ok(KeyMaterial::new(key, vault_id, key_id, version))
}

fn payload_head(vault_text: &str, key_id: &[u8; 16], version: u64) -> String {
    format!("vault-key/v1 {vault_text} {} {version} ", HEXLOWER.encode(key_id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::fixture::{self, KNOWN_CONTEXT, KNOWN_KEY_ID, hex, known_key};

    #[test]
    fn derivations_are_the_known_answers() {
        let key = known_key();
        assert_eq!(**key.prk, hex("aded83a721ddabc486496febf35f9d2df6c4b8ca3d7c59af90808af3b2923596"));
        assert_eq!(key.check(), hex("3d6bf5559979bc8476dcbfe1cd6ea1a2"));
        let document_key = hex("013be23032e0c44987b1c23bae01256a0df7e1b1c773685ec4b2dde1124411f6");
        assert_eq!(*key.document_key(KNOWN_CONTEXT.doc_id), document_key);
        let seal = hex("adf2ec0d31df7c9ff35d8d0e8c66d3cd366d95c8fc924763681c45806e9e1622");
        assert_eq!(*key.seal_secret(), seal);
    }

    /// The same key under a version of format 2, which is 64 random bits with the highest one set.
    #[test]
    fn derivations_of_a_64_bit_version_are_the_known_answers() {
        let k = std::array::from_fn(|i| u8::try_from(i).unwrap());
        let key = KeyMaterial::new(&k, &fixture::known_vault_id(), &KNOWN_KEY_ID, 0xc1e3_a0b5_f2d4_9687);
        assert_eq!(key.check(), hex("7be8d06fddcdb4f0551d60fb4b618793"));
        let document_key = hex("f59a1da71e7c4b9e0b2feea85cf57d6d49446c3fe3275d80b0077426ee3b7561");
        assert_eq!(*key.document_key(KNOWN_CONTEXT.doc_id), document_key);
        let seal = hex("90ae617cfa10ceea379d71a034fa4290a42150c098a816a40aef0022e5804375");
        assert_eq!(*key.seal_secret(), seal);
        assert!(key.payload(fixture::VAULT_TEXT).contains(" 13971187172356953735 "), "in decimal, as before");
    }

    #[test]
    fn the_seal_recipient_is_the_public_half_of_the_seal_secret() {
        let key = known_key();
        let identity: age::x25519::Identity = keytext::secret_text(&key.seal_secret()).parse().unwrap();
        assert_eq!(key.seal_recipient(), identity.to_public().to_string());
        let text = keytext::secret_text(&key.seal_secret());
        if let Some(public) = fixture::run("age-keygen", &["-y"], text.as_bytes()) {
            assert_eq!(key.seal_recipient().as_bytes(), public.trim_ascii());
        }
    }

    #[test]
    fn the_reference_key_has_the_check_and_seal_of_its_document() {
        let document = fixture::file("vault/keys/default.yaml");
        let k = crate::crypto::framing::sha256(b"TEST K v1");
        let key = KeyMaterial::new(&k, &fixture::vault_id(), &fixture::key_id(), 1);
        assert_eq!(BASE64.encode(&key.check()), fixture::field(&document, "check"));
        assert_eq!(key.seal_recipient(), fixture::field(&document, "seal"));
    }

    #[test]
    fn a_check_of_another_key_vault_id_or_version_does_not_match() {
        let (k, vault) = ([1; 32], [2; 32]);
        let key = KeyMaterial::new(&k, &vault, &[3; 16], 4);
        assert!(key.matches(&KeyMaterial::new(&k, &vault, &[3; 16], 4).check()));
        for other in [
            KeyMaterial::new(&[9; 32], &vault, &[3; 16], 4),
            KeyMaterial::new(&k, &[9; 32], &[3; 16], 4),
            KeyMaterial::new(&k, &vault, &[9; 16], 4),
            KeyMaterial::new(&k, &vault, &[3; 16], 5),
        ] {
            assert!(!key.matches(&other.check()));
        }
    }

    #[test]
    fn a_payload_opens_where_it_belongs_and_nowhere_else() {
        let key = known_key();
        let vault_id = fixture::known_vault_id();
        let payload = key.payload("vlt1abc");
        let expected = "vault-key/v1 vlt1abc 7c9e6679f3a14b1ca1d07f0c2b3d4e5f 2 \
                        AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
        assert_eq!(*payload, expected);
        assert_eq!(payload.capacity(), payload.len(), "the text must not have moved while it grew");
        let open = |text: &str, id: &[u8; 16], version| {
            open_payload(payload.as_bytes(), text, &vault_id, id, version).map(|key| key.check())
        };
        assert_eq!(open("vlt1abc", &KNOWN_KEY_ID, 2), Ok(key.check()));
        assert_eq!(open("vlt1abd", &KNOWN_KEY_ID, 2), Err(KeyError::OtherKey));
        assert_eq!(open("vlt1abc", &[0; 16], 2), Err(KeyError::OtherKey));
        assert_eq!(open("vlt1abc", &KNOWN_KEY_ID, 3), Err(KeyError::OtherKey));
    }

    #[test]
    fn a_payload_in_any_other_form_is_refused() {
        let key = known_key();
        let payload = key.payload("vlt1abc");
        let open = |bytes: &[u8]| open_payload(bytes, "vlt1abc", &fixture::known_vault_id(), &KNOWN_KEY_ID, 2).is_ok();
        assert!(open(payload.as_bytes()));
        for length in 0..payload.len() {
            assert!(!open(&payload.as_bytes()[..length]), "cut at {length}");
        }
        assert!(!open(payload.replace('\n', "\r\n").as_bytes()));
        assert!(!open(payload.replace(" 2 ", " 02 ").as_bytes()));
        assert!(!open(payload.replace("7c9e", "7C9E").as_bytes()));
        assert!(!open(payload.replace("8=\n", "9=\n").as_bytes()), "bits after the end of the key");
        assert!(!open(payload.replace("h8=\n", "h8A\n").as_bytes()), "33 bytes");
        let head = payload.rsplit_once(' ').unwrap().0;
        let in_a_row = format!("{head} AAE={}\n", "A".repeat(40));
        assert!(!open(in_a_row.as_bytes()), "2 bytes and 30 in a row");
        assert!(!open(format!("{}\n", *payload).as_bytes()));
    }

    #[test]
    fn generated_keys_differ() {
        let fresh = || KeyMaterial::generate(&[0; 32], &[0; 16], 1, &mut rand::rngs::OsRng);
        assert_ne!(fresh().check(), fresh().check());
    }
}
