//! HKDF-SHA256 (RFC 5869), the one derivation of this format.

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

/// Concentrates a secret into a pseudorandom key.
pub(super) fn extract(salt: &[u8], secret: &[u8]) -> Zeroizing<[u8; 32]> {
    let (mut extracted, _) = Hkdf::<Sha256>::extract(Some(salt), secret);
    let mut prk = Zeroizing::new([0; 32]);
    prk.copy_from_slice(&extracted);
    extracted.as_mut_slice().zeroize();
    prk
}

/// Derives `N` bytes for one purpose, which `info` names.
#[expect(clippy::expect_used, reason = "both lengths are known when this is compiled")]
pub(super) fn expand<const N: usize>(prk: &[u8; 32], info: &[u8]) -> Zeroizing<[u8; N]> {
    const { assert!(N <= 255 * 32, "HKDF gives no more") };
    let mut out = Zeroizing::new([0; N]);
    let hkdf = Hkdf::<Sha256>::from_prk(prk).expect("a PRK is as long as the hash");
    hkdf.expand(info, out.as_mut_slice()).expect("N is within HKDF's limit");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;

    fn hex(text: &str) -> Vec<u8> {
        HEXLOWER.decode(text.as_bytes()).unwrap()
    }

    fn sequence(range: std::ops::RangeInclusive<u8>) -> Vec<u8> {
        range.collect()
    }

    #[test]
    fn rfc_5869_case_1() {
        let prk = extract(&sequence(0..=12), &[0x0b; 22]);
        assert_eq!(prk.to_vec(), hex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"));
        let okm = expand::<42>(&prk, &sequence(0xf0..=0xf9));
        let expected = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865";
        assert_eq!(okm.to_vec(), hex(expected));
    }

    #[test]
    fn rfc_5869_case_2() {
        let prk = extract(&sequence(0x60..=0xaf), &sequence(0..=0x4f));
        assert_eq!(prk.to_vec(), hex("06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244"));
        let okm = expand::<82>(&prk, &sequence(0xb0..=0xff));
        let expected = "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e59\
                        0e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87";
        assert_eq!(okm.to_vec(), hex(expected));
    }

    #[test]
    fn rfc_5869_case_3() {
        let prk = extract(b"", &[0x0b; 22]);
        assert_eq!(prk.to_vec(), hex("19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04"));
        let okm = expand::<42>(&prk, b"");
        let expected = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8";
        assert_eq!(okm.to_vec(), hex(expected));
    }
}
