//! Authenticates what a machine remembers, so that only who can unlock the identity can have written it.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::derive;
use super::framing::{framed, sha256};
use super::identity::Identity;

/// A key for one vault and purpose, derived from an unlocked identity by HKDF.
pub(crate) struct MemoryKey(Zeroizing<[u8; 32]>);

/// An authentication tag.
pub(crate) type MemoryTag = [u8; 32];

impl MemoryKey {
    /// The key of a native identity; `None` for any other, whose secret is not at hand.
    pub(crate) fn of(identity: &Identity, vault: &[u8; 32], purpose: &[u8]) -> Option<Self> {
        let prk = derive::extract(b"vault/v1/memory", &*identity.x25519_secret()?);
        Some(MemoryKey(derive::expand(&prk, &framed(&[purpose, vault]))))
    }

    /// The tag of a content: one step of HKDF is HMAC-SHA256 with this key.
    pub(crate) fn tag(&self, content: &[u8]) -> MemoryTag {
        *derive::expand(&self.0, &sha256(content))
    }

    /// Whether a content has this tag.
    pub(crate) fn authenticates(&self, content: &[u8], tag: &MemoryTag) -> bool {
        self.tag(content).ct_eq(tag).into()
    }
}

/// What identifies a signature that was verified: the path, the signer's public key, and the hash of the signed file.
pub(crate) fn verified_signature(path: &str, signer: &[u8; 32], file: &[u8; 32]) -> [u8; 32] {
    sha256(&framed(&[path.as_bytes(), signer, file]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::fixture;

    #[test]
    fn a_tag_is_of_one_content_identity_vault_and_purpose() {
        let key =
            |who: &str, vault: u8, purpose: &[u8]| MemoryKey::of(&fixture::member(who), &[vault; 32], purpose).unwrap();
        let tag = key("alice", 1, b"a").tag(b"content");
        assert!(key("alice", 1, b"a").authenticates(b"content", &tag));
        assert!(!key("alice", 1, b"a").authenticates(b"contents", &tag));
        for other in [key("recovery", 1, b"a"), key("alice", 2, b"a"), key("alice", 1, b"b")] {
            assert!(!other.authenticates(b"content", &tag));
        }
    }

    #[test]
    fn a_signature_is_of_one_path_signer_and_file() {
        let one = verified_signature("a", &[1; 32], &[2; 32]);
        let others = [("b", 1, 2), ("a", 3, 2), ("a", 1, 3)];
        assert!(
            others.iter().all(|(path, signer, file)| verified_signature(path, &[*signer; 32], &[*file; 32]) != one)
        );
    }
}
