//! Signature Version 4: what a request claims, and whether that is true (wire §5).

mod canonical;
mod claim;
mod key;
mod refusal;
#[cfg(test)]
mod tests;
mod verify;

pub(super) use self::canonical::Head;
pub(super) use self::claim::Claim;
pub(super) use self::key::SigningKeys;
pub(super) use self::refusal::Refusal;
pub(super) use self::verify::{body_hash, verify};
