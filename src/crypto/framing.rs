//! How parts become one unambiguous message (FORMAT.md, signature trailer).

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::model::format::Format;

/// Appends `part` with its length before it: `u32be(len) ‖ part`.
///
/// Parts stay far below 4 GiB because of the limits on documents.
pub fn lp(out: &mut Vec<u8>, part: &[u8]) {
    let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(part);
}

/// The bytes that a document's trailer signs.
///
/// `path` is '/'-separated and relative to the vault; `body` is everything up to and including the line feed before the
/// trailer. Its first line states the format, which the message names too. It is wiped on drop: the body of a parcel has values.
pub fn document_message(vault_id: &[u8; 32], path: &str, body: &[u8]) -> Zeroizing<Vec<u8>> {
    let label: &[u8] = match Format::of_body(body) {
        Format::V1 => b"vault/v1/doc",
        Format::V2 => b"vault/v2/doc",
    };
    Zeroizing::new(framed(&[label, vault_id, path.as_bytes(), body]))
}

/// The id of the vault whose first trust snapshot has this body.
pub(crate) fn genesis_id(body: &[u8]) -> [u8; 32] {
    sha256(&framed(&[b"vault/v1/genesis", body]))
}

/// The fingerprint of a request to join with this body, short enough to be read out.
pub(crate) fn request_fingerprint(body: &[u8]) -> [u8; 16] {
    short_sha256(&framed(&[b"vault/v1/request", body]))
}

/// The fingerprint of an age recipient, as key documents name whom a version is wrapped for.
pub(crate) fn recipient_fingerprint(recipient: &str) -> [u8; 8] {
    short_sha256(recipient.as_bytes())
}

/// SHA-256 of the bytes.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The first `N` bytes of the SHA-256 of the bytes.
pub(super) fn short_sha256<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let hash = sha256(bytes);
    std::array::from_fn(|at| hash[at])
}

/// All parts, each with its length before it.
pub(super) fn framed(parts: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::with_capacity(parts.iter().map(|part| part.len() + 4).sum());
    for part in parts {
        lp(&mut out, part);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;
    use proptest::prelude::*;

    #[test]
    fn the_genesis_id_is_the_known_answer() {
        let id = HEXLOWER.encode(&genesis_id(b"test genesis body\n"));
        assert_eq!(id, "f45ffd57a931f85fb0a94ba28991977e498ccd02174cbcda8943e878a2d33c4e");
    }

    #[test]
    fn sha256_is_sha256() {
        let empty = HEXLOWER.encode(&sha256(b""));
        assert_eq!(empty, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[test]
    fn a_document_message_is_laid_out_as_promised() {
        let message: Zeroizing<Vec<u8>> = document_message(&[7; 32], "a/b", b"x\n");
        let expected =
            [b"\0\0\0\x0cvault/v1/doc\0\0\0\x20".as_slice(), &[7; 32], b"\0\0\0\x03a/b\0\0\0\x02x\n"].concat();
        assert_eq!(*message, expected);
        let second = document_message(&[7; 32], "a/b", b"format: \"vault/v2\"\n");
        assert!(second.starts_with(b"\0\0\0\x0cvault/v2/doc\0\0\0\x20"));
    }

    fn unframed(mut bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut parts = Vec::new();
        while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
            let (part, rest) = rest.split_at(u32::from_be_bytes(*length) as usize);
            parts.push(part.to_vec());
            bytes = rest;
        }
        parts
    }

    proptest! {
        /// If a message can be split in only one way, two lists of parts cannot have the same bytes.
        #[test]
        fn framing_is_injective(parts in prop::collection::vec(prop::collection::vec(0u8..4, 0..9), 0..6)) {
            let borrowed: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
            prop_assert_eq!(unframed(&framed(&borrowed)), parts);
        }

        #[test]
        fn different_parts_give_different_bytes(
            one in prop::collection::vec(prop::collection::vec(0u8..2, 0..4), 0..4),
            two in prop::collection::vec(prop::collection::vec(0u8..2, 0..4), 0..4),
        ) {
            let as_slices = |parts: &[Vec<u8>]| framed(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>());
            prop_assert_eq!(one == two, as_slices(&one) == as_slices(&two));
        }
    }
}
