//! Files under a passphrase: how an identity rests on disk.

use age::scrypt;
use age::secrecy::SecretString;
use zeroize::Zeroizing;

use super::agefile::{self, AgeError, MAX_FILE};

/// scrypt's work factor for new files, as a power of two: 0.6 seconds and 256 MiB.
pub const WORK_FACTOR: u8 = 18;
/// The highest work factor that is tried: 2.5 seconds and 1 GiB.
const MAX_WORK_FACTOR: u8 = 20;

/// Why a passphrase file was not made or not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PassphraseError {
    /// Nothing was typed.
    #[error("the passphrase is empty")]
    Empty,
    /// Not the passphrase of this file.
    #[error("the passphrase is wrong")]
    Wrong,
    /// An age file, but not under a passphrase.
    #[error("the file is not protected by a passphrase")]
    NoPassphrase,
    /// Not an age file, or a changed one.
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

/// Opens a stock age file under a passphrase, armored or binary.
pub fn open_passphrase_file(file: &[u8], passphrase: &str) -> Result<Zeroizing<Vec<u8>>, PassphraseError> {
    if passphrase.is_empty() {
        return Err(PassphraseError::Empty);
    }
    if file.len() > MAX_FILE {
        return Err(PassphraseError::TooLarge);
    }
    let dearmored;
    let binary = if agefile::is_armored(file) {
        dearmored = agefile::dearmored(file)?;
        &dearmored
    } else {
        file
    };
    let mut identity = scrypt::Identity::new(SecretString::from(passphrase));
    identity.set_max_work_factor(MAX_WORK_FACTOR);
    let identities: [&dyn age::Identity; 1] = [&identity];
    Ok(agefile::decrypt(binary, identities.into_iter())?)
}

/// Puts bytes under a passphrase, as an armored stock age file. `log_n` is [`WORK_FACTOR`] except in tests.
pub fn seal_passphrase_file(plaintext: &[u8], passphrase: &str, log_n: u8) -> Result<String, PassphraseError> {
    if passphrase.is_empty() {
        return Err(PassphraseError::Empty);
    }
    if !(1..=MAX_WORK_FACTOR).contains(&log_n) {
        return Err(PassphraseError::TooMuchWork);
    }
    let mut recipient = scrypt::Recipient::new(SecretString::from(passphrase));
    recipient.set_work_factor(log_n);
    let armored = agefile::armored(&agefile::encrypt(&[&recipient], plaintext)?)?;
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
