//! Passphrases for identity files: generating one, and rating the user's own.

use rand::{CryptoRng, Rng, RngCore};
use zeroize::Zeroizing;

/// 32 digits and letters that cannot be confused with each other, five bits each.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const GROUPS: usize = 5;
const GROUP: usize = 5;

/// How long a passphrase would resist somebody who has the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strength {
    /// Guessed in hours.
    Weak,
    /// Guessed by a determined attacker.
    Fair,
    /// Not guessed.
    Strong,
}

/// A random passphrase of 125 bits, five groups of five characters: `k3v9x-…`.
pub(crate) fn generate(rng: &mut (impl CryptoRng + RngCore)) -> Zeroizing<String> {
    let mut passphrase = Zeroizing::new(String::with_capacity(GROUPS * (GROUP + 1)));
    for group in 0..GROUPS {
        if group > 0 {
            passphrase.push('-');
        }
        for _ in 0..GROUP {
            passphrase.push(char::from(ALPHABET[rng.gen_range(0..ALPHABET.len())]));
        }
    }
    passphrase
}

/// A rough rating by length and variety, for a hint at the prompt. It uses no dictionary.
pub(crate) fn strength(passphrase: &str) -> Strength {
    let mut distinct: Zeroizing<Vec<char>> = Zeroizing::new(passphrase.chars().collect());
    let length = distinct.len();
    distinct.sort_unstable();
    distinct.dedup();
    match (length, distinct.len()) {
        (20.., 10..) => Strength::Strong,
        (12.., 8..) => Strength::Fair,
        _ => Strength::Weak,
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::OsRng;

    use super::*;

    #[test]
    fn generated_passphrases_are_long_readable_and_strong() {
        let passphrase = generate(&mut OsRng);
        assert_eq!(passphrase.len(), 29);
        assert_eq!(passphrase.split('-').map(str::len).collect::<Vec<_>>(), [5; 5]);
        assert!(passphrase.bytes().all(|byte| byte == b'-' || ALPHABET.contains(&byte)));
        assert_ne!(passphrase, generate(&mut OsRng));
        assert_eq!(strength("k3v9x-7hq2m-p4tzd-0wy8c-5nbrj"), Strength::Strong);
    }

    #[test]
    fn short_or_monotonous_passphrases_are_weak() {
        assert_eq!(strength(""), Strength::Weak);
        assert_eq!(strength("hunter2"), Strength::Weak);
        assert_eq!(strength(&"ab".repeat(20)), Strength::Weak);
        assert_eq!(strength("correct horse"), Strength::Fair);
        assert_eq!(strength("correct horse battery staple"), Strength::Strong);
    }
}
