//! AES-256-GCM as other tools use it, with nonces of 12 or 32 bytes. Decryption only: what this program encrypts is in
//! [`super::value`].

use aes_gcm::aead::consts::{U12, U32};
use aes_gcm::aead::generic_array::ArrayLength;
use aes_gcm::aes::Aes256;
use aes_gcm::{AeadInPlace, AesGcm, KeyInit, Tag};
use zeroize::Zeroizing;

/// It cannot be decrypted: wrong key, wrong additional data, or changed bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotOpened;

/// A sealed text with its nonce and its tag.
pub(crate) struct Sealed {
    /// As long as the plaintext.
    pub ciphertext: Vec<u8>,
    /// 12 or 32 bytes.
    pub nonce: Vec<u8>,
    /// 16 bytes.
    pub tag: Vec<u8>,
}

/// Opens a sealed text, in its own buffer.
pub(crate) fn open(key: &[u8; 32], additional: &[u8], sealed: Sealed) -> Result<Zeroizing<Vec<u8>>, NotOpened> {
    match sealed.nonce.len() {
        12 => open_with::<U12>(key, additional, sealed),
        32 => open_with::<U32>(key, additional, sealed),
        _ => Err(NotOpened),
    }
}

fn open_with<N: ArrayLength<u8>>(
    key: &[u8; 32],
    additional: &[u8],
    sealed: Sealed,
) -> Result<Zeroizing<Vec<u8>>, NotOpened> {
    if sealed.tag.len() != 16 {
        return Err(NotOpened);
    }
    let mut text = Zeroizing::new(sealed.ciphertext);
    let cipher = AesGcm::<Aes256, N>::new(key.into());
    let (nonce, tag) = (aes_gcm::Nonce::from_slice(&sealed.nonce), Tag::from_slice(&sealed.tag));
    cipher.decrypt_in_place_detached(nonce, additional, &mut text, tag).map_err(|_| NotOpened)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use data_encoding::{BASE64, HEXLOWER};

    use super::*;

    /// Test case 16 of the GCM specification (McGrew and Viega), with a nonce of 12 bytes.
    #[test]
    fn the_specification_s_vector_opens_and_nothing_else_does() {
        let hex = |text: &str| HEXLOWER.decode(text.as_bytes()).unwrap();
        let key: [u8; 32] = hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308").try_into().unwrap();
        let sealed = || Sealed {
            nonce: hex("cafebabefacedbaddecaf888"),
            ciphertext: hex(
                "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
            ),
            tag: hex("76fc6ece0f4e1768cddf8853bb2d551b"),
        };
        let additional = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let plain = open(&key, &additional, sealed()).unwrap();
        assert!(HEXLOWER.encode(&plain).starts_with("d9313225f88406e5a55909c5aff5269a"));
        assert_eq!(open(&key, b"other", sealed()).unwrap_err(), NotOpened);
        for part in [0, 1, 2] {
            let mut changed = sealed();
            [&mut changed.nonce, &mut changed.ciphertext, &mut changed.tag][part][0] ^= 1;
            assert_eq!(open(&key, &additional, changed).unwrap_err(), NotOpened);
        }
        for (nonce, tag) in [(vec![0; 13], vec![0; 16]), (vec![0; 12], vec![0; 15]), (vec![], vec![])] {
            assert_eq!(open(&key, b"", Sealed { nonce, tag, ciphertext: vec![] }).unwrap_err(), NotOpened);
        }
    }

    /// Made with the `cryptography` package of Python: key 00…1f, nonce 20…3f, additional data `db:password:`.
    #[test]
    fn a_nonce_of_32_bytes_opens() {
        let key: [u8; 32] = std::array::from_fn(|place| u8::try_from(place).unwrap());
        let sealed = BASE64.decode(b"f7SfPOh95D42NtskQlkSHLg6ZZwlq1o=").unwrap();
        let (ciphertext, tag) = sealed.split_at(sealed.len() - 16);
        let sealed = Sealed { ciphertext: ciphertext.into(), tag: tag.into(), nonce: (32..64).collect() };
        assert_eq!(open(&key, b"db:password:", sealed).unwrap().as_slice(), b"hunter2");
    }
}
