//! Passphrase-protected files: how an identity is stored on disk.

use std::iter;

use age::scrypt;
use age::secrecy::SecretString;
use zeroize::Zeroizing;

use super::agefile::{self, AgeError, MAX_FILE};

/// scrypt's work factor for new files, as a power of two: 0.6 seconds and 256 MiB.
pub(crate) const WORK_FACTOR: u8 = 18;
/// The highest work factor that is tried: 2.5 seconds and 1 GiB.
pub(super) const MAX_WORK_FACTOR: u8 = 20;

/// Why a passphrase file was not created or not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PassphraseError {
    /// Nothing was typed.
    #[error("the passphrase is empty")]
    Empty,
    /// Not the passphrase of this file.
    #[error("the passphrase is wrong")]
    Wrong,
    /// An age file, but not protected by a passphrase.
    #[error("the file is not protected by a passphrase")]
    NoPassphrase,
    /// Not an age file, or a modified one.
    #[error("the file is damaged or not an age file")]
    Damaged,
    /// More than 64 KiB.
    #[error("the file is larger than 64 KiB")]
    TooLarge,
    /// Its work factor is above 20, or the one asked for is.
    #[error("the file's work factor is above the limit")]
    TooMuchWork,
    /// The age library failed.
    #[error("the age library failed")]
    Internal,
}

/// Opens a passphrase-protected age file, armored or binary.
pub(crate) fn open_passphrase_file(file: &[u8], passphrase: &str) -> Result<Zeroizing<Vec<u8>>, PassphraseError> {
    if passphrase.is_empty() {
        return Err(PassphraseError::Empty);
    }
    if file.len() > MAX_FILE {
        return Err(PassphraseError::TooLarge);
    }
    Ok(agefile::decrypt_any(file, iter::once(&identity(passphrase) as &dyn age::Identity))?)
}

/// What opens files with this passphrase.
pub(super) fn identity(passphrase: &str) -> scrypt::Identity {
    let mut identity = scrypt::Identity::new(SecretString::from(passphrase));
    identity.set_max_work_factor(MAX_WORK_FACTOR);
    identity
}

/// What protects files with this passphrase. `log_n` is scrypt's work factor, as a power of two.
pub(super) fn recipient(passphrase: &str, log_n: u8) -> scrypt::Recipient {
    let mut recipient = scrypt::Recipient::new(SecretString::from(passphrase));
    recipient.set_work_factor(log_n);
    recipient
}

/// Protects bytes with a passphrase, as an armored age file. `log_n` is `WORK_FACTOR` except in tests.
pub fn seal_passphrase_file(plaintext: &[u8], passphrase: &str, log_n: u8) -> Result<String, PassphraseError> {
    if passphrase.is_empty() {
        return Err(PassphraseError::Empty);
    }
    if !(1..=MAX_WORK_FACTOR).contains(&log_n) {
        return Err(PassphraseError::TooMuchWork);
    }
    let armored = agefile::armored(&agefile::encrypt(&[&recipient(passphrase, log_n)], plaintext)?)?;
    if armored.len() > MAX_FILE {
        return Err(PassphraseError::TooLarge);
    }
    Ok(armored)
}

impl From<AgeError> for PassphraseError {
    fn from(error: AgeError) -> PassphraseError {
        match error {
            AgeError::WrongKey => PassphraseError::Wrong,
            AgeError::NoMatchingIdentity => PassphraseError::NoPassphrase,
            AgeError::Damaged => PassphraseError::Damaged,
            AgeError::TooLarge => PassphraseError::TooLarge,
            AgeError::TooMuchWork => PassphraseError::TooMuchWork,
            AgeError::MixedRecipients | AgeError::Plugin(_) | AgeError::Internal => PassphraseError::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::fixture;
    use crate::crypto::recipient::{Recipient, RecipientPolicy};

    const FAST: u8 = 2;

    fn sealed() -> String {
        seal_passphrase_file(b"identity", "correct horse", FAST).unwrap()
    }

    #[test]
    fn a_file_opens_with_its_passphrase_only() {
        let file = sealed();
        assert_eq!(**open_passphrase_file(file.as_bytes(), "correct horse").unwrap(), *b"identity");
        assert_eq!(open_passphrase_file(file.as_bytes(), "wrong").unwrap_err(), PassphraseError::Wrong);
        assert_eq!(open_passphrase_file(file.as_bytes(), "").unwrap_err(), PassphraseError::Empty);
        assert_eq!(seal_passphrase_file(b"", "", FAST).unwrap_err(), PassphraseError::Empty);
    }

    #[test]
    fn a_binary_file_opens_too() {
        let file = agefile::dearmored(sealed().as_bytes()).unwrap();
        assert_eq!(**open_passphrase_file(&file, "correct horse").unwrap(), *b"identity");
    }

    #[test]
    fn the_work_factor_is_the_one_asked_for() {
        let file = agefile::dearmored(sealed().as_bytes()).unwrap();
        let header = String::from_utf8_lossy(&file).lines().nth(1).unwrap().to_owned();
        assert!(header.starts_with("-> scrypt ") && header.ends_with(" 2"), "{header}");
        assert_eq!(seal_passphrase_file(b"", "x", 0).unwrap_err(), PassphraseError::TooMuchWork);
        assert_eq!(seal_passphrase_file(b"", "x", 64).unwrap_err(), PassphraseError::TooMuchWork);
    }

    #[test]
    fn too_much_work_is_refused_before_it_is_done() {
        let file = agefile::dearmored(sealed().as_bytes()).unwrap();
        for log_n in ["21", "30", "63"] {
            let end = file.iter().skip(30).position(|byte| *byte == b'\n').unwrap() + 30;
            let hostile = [&file[..end - 1], log_n.as_bytes(), &file[end..]].concat();
            let outcome = open_passphrase_file(&hostile, "correct horse");
            assert_eq!(outcome.unwrap_err(), PassphraseError::TooMuchWork, "{log_n}");
        }
    }

    #[test]
    fn damaged_large_and_other_files_are_refused() {
        let file = sealed();
        for length in 0..file.len() - 1 {
            let outcome = open_passphrase_file(&file.as_bytes()[..length], "correct horse");
            assert!(outcome.is_err(), "cut at {length}");
        }
        assert_eq!(open_passphrase_file(b"AGE-SECRET-KEY-1", "x").unwrap_err(), PassphraseError::Damaged);
        assert_eq!(open_passphrase_file(&vec![0; MAX_FILE + 1], "x").unwrap_err(), PassphraseError::TooLarge);
        let text = &fixture::member("alice").recipients()[0];
        let recipient = Recipient::parse(text, &RecipientPolicy::default()).unwrap();
        let wrap = crate::crypto::wrap::wrap(&[recipient], b"payload").unwrap();
        assert_eq!(open_passphrase_file(wrap.as_bytes(), "x").unwrap_err(), PassphraseError::NoPassphrase);
    }
}
