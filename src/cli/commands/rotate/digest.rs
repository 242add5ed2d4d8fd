//! The digest of what a person approves.

use std::fmt;

use data_encoding::HEXLOWER;
use serde::{Serialize, Serializer};

use crate::cli::error::{CliError, CliResult};
use crate::cli::report::fingerprint::Fingerprint;

/// It is written as `sha256:` and its digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Digest(pub(crate) [u8; 32]);

impl Digest {
    /// The same as words that people read to each other.
    pub(super) fn words(self) -> String {
        Fingerprint::of_hash(&self.0).words()
    }

    /// Whether a text names it: its digits with or without `sha256:`, or its words, in either case.
    fn is(self, given: &str) -> bool {
        let given = given.trim();
        let digits = given.trim_start_matches("sha256:");
        digits.eq_ignore_ascii_case(&HEXLOWER.encode(&self.0)) || given.eq_ignore_ascii_case(&self.words())
    }

    /// Whether `--digest` is given. One of something else than `what` is refused.
    pub(crate) fn is_expected(self, given: Option<&str>, what: &str, hint: &str) -> CliResult<bool> {
        match given {
            Some(given) if !self.is(given) => {
                Err(CliError::usage(format!("{what} has the digest {self}, not the given one"), hint))
            }
            given => Ok(given.is_some()),
        }
    }
}

/// What to do about another digest than the expected one.
pub(crate) const REVIEW: &str = "review the changes before you approve it";

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", HEXLOWER.encode(&self.0))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_named_by_digits_or_words_in_either_case() {
        let digest = Digest([7; 32]);
        let digits = "07".repeat(32);
        for given in [digest.to_string(), digits.clone(), format!(" {digits}\n"), digest.words().to_uppercase()] {
            assert!(digest.is_expected(Some(&given), "it", REVIEW).unwrap(), "{given}");
        }
        assert!(!digest.is_expected(None, "it", REVIEW).unwrap());
        for other in ["", "07", &Digest([8; 32]).words(), &Digest([8; 32]).to_string()] {
            assert!(digest.is_expected(Some(other), "it", REVIEW).is_err(), "{other}");
        }
    }
}
