//! Identifiers: fixed-size byte strings with one written form each.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;

/// A vault's id: the SHA-256 of its genesis, written as bech32 `vlt1…` (FORMAT.md, trust chain).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VaultId(pub [u8; 32]);

/// A text that is not an identifier of the requested kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a {expected}")]
pub struct IdError {
    expected: &'static str,
}

const VAULT_PREFIX: bech32::Hrp = bech32::Hrp::parse_unchecked("vlt");

impl fmt::Display for VaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = bech32::encode::<bech32::Bech32>(VAULT_PREFIX, &self.0).map_err(|_| fmt::Error)?;
        f.write_str(&text)
    }
}

impl fmt::Debug for VaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for VaultId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let wrong = IdError { expected: "vault id (vlt1…)" };
        let checked =
            bech32::primitives::decode::CheckedHrpstring::new::<bech32::Bech32>(text).map_err(|_| wrong.clone())?;
        if checked.hrp() != VAULT_PREFIX || text.chars().any(|c| c.is_ascii_uppercase()) {
            return Err(wrong);
        }
        let bytes: Vec<u8> = checked.byte_iter().collect();
        bytes.try_into().map(VaultId).map_err(|_| wrong)
    }
}

macro_rules! hex_id {
    ($(#[$doc:meta])* $name:ident, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub [u8; 16]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&HEXLOWER.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| IdError { expected: $expected })?;
                bytes.try_into().map($name).map_err(|_| IdError { expected: $expected })
            }
        }
    };
}

hex_id!(
    /// A document's id: 128 random bits, new at each creation, so versions of a deleted namesake cannot return.
    DocId,
    "document id (32 hexadecimal digits)"
);
hex_id!(
    /// A version's unique id: 128 random bits, bound into the sealed value.
    Uid,
    "version id (32 hexadecimal digits)"
);
hex_id!(
    /// A key's id: 128 random bits.
    KeyId,
    "key id (32 hexadecimal digits)"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vault_ids_round_trip_and_refuse_noise() {
        let id = VaultId([7; 32]);
        assert_eq!(id.to_string().parse::<VaultId>().unwrap(), id);
        assert!(id.to_string().starts_with("vlt1"));
        for bad in ["", "vlt1", "VLT1QQ", "age1qqqq", &id.to_string().to_uppercase(), &id.to_string()[..20]] {
            assert!(bad.parse::<VaultId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn hexadecimal_ids_are_lower_case_and_exact() {
        assert!("FC2A492C526B76FAF293CC5ADFF3A836".parse::<DocId>().is_err());
        assert!("fc2a".parse::<Uid>().is_err());
        let id: KeyId = "fc2a492c526b76faf293cc5adff3a836".parse().unwrap();
        assert_eq!(id.to_string(), "fc2a492c526b76faf293cc5adff3a836");
    }
}
