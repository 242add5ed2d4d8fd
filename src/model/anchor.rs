//! What a machine that knows nothing of a vault starts from: the vault's id and a snapshot of its trust chain.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;

use super::id::VaultId;

/// A vault, and the snapshot that its trust chain must contain: `vlt1…@7:0123…` (FORMAT.md, anchor of a machine).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// The vault.
    pub vault: VaultId,
    /// The snapshot; without one, only the first snapshot is fixed.
    pub snapshot: Option<AnchoredSnapshot>,
}

/// A snapshot by its number and the beginning of its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnchoredSnapshot {
    /// Its number.
    pub rev: u64,
    /// The first half of its hash.
    pub hash: [u8; 16],
}

/// A text that is not an anchor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a vault id (vlt1…), alone or with `@SNAPSHOT:HASH`")]
pub struct AnchorError;

impl AnchoredSnapshot {
    /// The snapshot with this number and this hash.
    pub(crate) fn of(rev: u64, hash: &[u8; 32]) -> Self {
        AnchoredSnapshot { rev, hash: std::array::from_fn(|at| hash[at]) }
    }
}

impl From<VaultId> for Anchor {
    fn from(vault: VaultId) -> Self {
        Anchor { vault, snapshot: None }
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.vault.fmt(f)?;
        match &self.snapshot {
            Some(AnchoredSnapshot { rev, hash }) => write!(f, "@{rev}:{}", HEXLOWER.encode(hash)),
            None => Ok(()),
        }
    }
}

impl FromStr for Anchor {
    type Err = AnchorError;

    fn from_str(text: &str) -> Result<Self, AnchorError> {
        let (id, rest) = text.split_once('@').map_or((text, None), |(id, rest)| (id, Some(rest)));
        let vault = id.parse().map_err(|_| AnchorError)?;
        let snapshot = rest.map(|rest| snapshot(rest).ok_or(AnchorError)).transpose()?;
        Ok(Anchor { vault, snapshot })
    }
}

/// One spelling for each: no sign, no leading zeros, lower case.
fn snapshot(text: &str) -> Option<AnchoredSnapshot> {
    let (number, hash) = text.split_once(':')?;
    let rev = number.parse().ok().filter(|rev: &u64| *rev > 0 && rev.to_string() == number)?;
    Some(AnchoredSnapshot { rev, hash: HEXLOWER.decode(hash.as_bytes()).ok()?.try_into().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_round_trip_and_have_one_spelling() {
        let id = VaultId([7; 32]).to_string();
        let hash = "00112233445566778899aabbccddeeff";
        for good in [id.clone(), format!("{id}@1:{hash}"), format!("{id}@100000:{hash}")] {
            assert_eq!(good.parse::<Anchor>().unwrap().to_string(), good);
        }
        let upper = hash.to_uppercase();
        let short = &hash[1..];
        for bad in [
            String::new(),
            format!("@1:{hash}"),
            format!("{id}@"),
            format!("{id}@1"),
            format!("{id}@0:{hash}"),
            format!("{id}@01:{hash}"),
            format!("{id}@+1:{hash}"),
            format!("{id}@1:{upper}"),
            format!("{id}@1:{short}"),
            format!("{id}@1:{hash}00"),
            format!("{id}@1:{hash} "),
        ] {
            assert_eq!(bad.parse::<Anchor>(), Err(AnchorError), "{bad}");
        }
    }

    #[test]
    fn a_snapshot_is_named_by_the_first_half_of_its_hash() {
        let hash: [u8; 32] = std::array::from_fn(|at| u8::try_from(at).unwrap());
        let anchor = Anchor { vault: VaultId([7; 32]), snapshot: Some(AnchoredSnapshot::of(3, &hash)) };
        assert!(anchor.to_string().ends_with("@3:000102030405060708090a0b0c0d0e0f"));
    }
}
