//! Wraps: a small payload, such as a key, in an age file for several recipients.

use zeroize::Zeroizing;

use super::agefile::{self, AgeError, MAX_FILE};
use super::identity::Identity;
use super::recipient::{self, Recipient};

/// The longest payload, in bytes. A wrap carries a key of some hundred.
pub const MAX_PAYLOAD: usize = 4096;

/// Why something was not wrapped or not unwrapped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrapError {
    /// The identity is no recipient of the wrap.
    #[error("this identity is not among the recipients")]
    NotARecipient,
    /// Not an armored age file, or a changed one.
    #[error("the wrap is damaged or not an armored age file")]
    Damaged,
    /// More than 64 KiB of wrap, 4 KiB of payload, or 700 recipients.
    #[error("the wrap is too large")]
    TooLarge,
    /// Nobody to wrap for.
    #[error("there is no recipient to wrap for")]
    NoRecipients,
    /// Recipients that must not be mixed: post-quantum ones with others.
    #[error("post-quantum recipients cannot be mixed with others")]
    MixedRecipients,
    /// A plugin failed.
    #[error("age plugin {name} failed")]
    Plugin {
        /// The plugin's name.
        name: String,
    },
    /// The age library failed.
    #[error("the age library failed")]
    Internal,
}

/// Wraps a payload for all recipients, each once, as an armored stock age file.
pub fn wrap(recipients: &[Recipient], payload: &[u8]) -> Result<String, WrapError> {
    if recipients.is_empty() {
        return Err(WrapError::NoRecipients);
    }
    if payload.len() > MAX_PAYLOAD {
        return Err(WrapError::TooLarge);
    }
    let recipients: Vec<_> = recipient::deduplicated(recipients).into_iter().map(Recipient::as_age).collect();
    let armored = agefile::armored(&agefile::encrypt(&recipients, payload)?)?;
    if armored.len() > MAX_FILE {
        return Err(WrapError::TooLarge);
    }
    Ok(armored)
}

/// Opens a wrap.
pub fn unwrap(armored: &str, identity: &Identity) -> Result<Zeroizing<Vec<u8>>, WrapError> {
    if armored.len() > MAX_FILE {
        return Err(WrapError::TooLarge);
    }
    let payload = agefile::decrypt(&agefile::dearmored(armored.as_bytes())?, identity.as_age())?;
    if payload.len() > MAX_PAYLOAD {
        return Err(WrapError::TooLarge);
    }
    Ok(payload)
}

impl From<AgeError> for WrapError {
    fn from(error: AgeError) -> WrapError {
        match error {
            AgeError::NoMatchingIdentity => WrapError::NotARecipient,
            AgeError::Damaged | AgeError::WrongKey => WrapError::Damaged,
            AgeError::TooLarge => WrapError::TooLarge,
            AgeError::MixedRecipients => WrapError::MixedRecipients,
            AgeError::Plugin(name) => WrapError::Plugin { name },
            AgeError::TooMuchWork | AgeError::Internal => WrapError::Internal,
        }
    }
}
