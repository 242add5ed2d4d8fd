//! Fingerprints of vaults, members, requests, snapshots and hooks: eight words that people read to each other, and digits for programs.
//!
//! A word stands for eleven bits, so that eight of them are 88 bits of a hash: whoever wants to pass for somebody else would have to
//! try 2^88 keys. `english.txt` is the English list of BIP-39 (Marek Palatinus and Pavol Rusnak, MIT licence): 2048 words
//! that differ in their first four letters.

use data_encoding::HEXLOWER;

use crate::crypto::framing::sha256;
use crate::model::id::VaultId;
use crate::model::trust::Member;

const LIST: &str = include_str!("english.txt");
const BYTES: usize = 16;
const WORDS: usize = 8;
const BITS: usize = 11;

/// The first half of a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint([u8; BYTES]);

impl Fingerprint {
    /// Of a member: of their signing key. Its first half is what signatures name.
    pub(crate) fn of_member(member: &Member) -> Self {
        Self::of_hash(&sha256(&member.sign))
    }

    /// Of what has this hash.
    pub(crate) fn of_hash(hash: &[u8; 32]) -> Self {
        Fingerprint(std::array::from_fn(|at| hash[at]))
    }

    /// The words, as two people read them to each other.
    pub(crate) fn words(&self) -> String {
        (0..WORDS).filter_map(|number| LIST.lines().nth(self.bits_at(number * BITS))).collect::<Vec<_>>().join(" ")
    }

    /// The digits, in groups of four.
    pub(crate) fn digits(&self) -> String {
        let text = HEXLOWER.encode(&self.0);
        (0..text.len()).step_by(4).filter_map(|at| text.get(at..at + 4)).collect::<Vec<_>>().join(" ")
    }

    /// Whether a text that a person gives names it, in either form.
    pub(crate) fn is(&self, given: &str) -> bool {
        let given = given.to_ascii_lowercase();
        let parts: Vec<&str> =
            given.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty()).collect();
        parts.join(" ") == self.words() || parts.concat() == HEXLOWER.encode(&self.0)
    }

    fn bits_at(&self, from: usize) -> usize {
        let bit = |at: usize| usize::from(self.0[at / 8] >> (7 - at % 8) & 1);
        (from..from + BITS).fold(0, |number, at| number << 1 | bit(at))
    }
}

impl From<VaultId> for Fingerprint {
    fn from(id: VaultId) -> Self {
        Self::of_hash(&id.0)
    }
}

impl From<[u8; BYTES]> for Fingerprint {
    fn from(bytes: [u8; BYTES]) -> Self {
        Fingerprint(bytes)
    }
}

/// The beginning of a vault's id, for people.
pub(crate) fn short_id(vault: &str) -> String {
    format!("{}\u{2026}", vault.get(..12).unwrap_or(vault))
}

/// The words of a vault whose id is this text.
pub(crate) fn words_of_vault(id: &str) -> String {
    id.parse::<VaultId>().map(|id| Fingerprint::from(id).words()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_the_one_of_bip_39() {
        let digest = HEXLOWER.encode(&sha256(LIST.as_bytes()));
        assert_eq!(digest, "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda");
        assert_eq!(LIST.lines().count(), 1 << BITS);
    }

    #[test]
    fn words_and_digits_are_the_known_answer() {
        let zero = Fingerprint([0; BYTES]);
        assert_eq!(zero.words(), ["abandon"; WORDS].join(" "));
        let counted = Fingerprint(std::array::from_fn(|at| u8::try_from(at).unwrap() * 17));
        assert_eq!(counted.digits(), "0011 2233 4455 6677 8899 aabb ccdd eeff");
        assert_eq!(counted.words(), "abandon math mimic master filter design carbon crystal");
        let ones = Fingerprint([0xff; BYTES]);
        assert_eq!(ones.words(), ["zoo"; WORDS].join(" "));
    }

    #[test]
    fn either_form_is_recognised_however_it_is_typed() {
        let print = Fingerprint([7; BYTES]);
        for given in [
            print.words(),
            print.digits(),
            print.digits().replace(' ', ""),
            print.words().to_uppercase().replace(' ', "-"),
        ] {
            assert!(print.is(&given), "{given}");
        }
        let seven = print.words().rsplit_once(' ').unwrap().0.to_owned();
        for wrong in ["", "0707", &seven, &Fingerprint([8; BYTES]).words()] {
            assert!(!print.is(wrong), "{wrong}");
        }
    }

    #[test]
    fn every_bit_of_the_words_counts() {
        let words = |at: usize| {
            let mut bytes = [0; BYTES];
            bytes[at / 8] |= 0x80 >> (at % 8);
            Fingerprint(bytes).words()
        };
        let all: std::collections::BTreeSet<String> = (0..WORDS * BITS).map(words).collect();
        assert_eq!(all.len(), WORDS * BITS);
    }
}
