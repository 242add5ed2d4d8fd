//! Signature Version 4: what a request claims, and whether that is true (wire §5).

mod canonical;
mod claim;
mod key;
mod refusal;
#[cfg(test)]
mod tests;
mod verify;

pub use self::canonical::Head;
pub use self::claim::{Claim, Scope};
pub use self::key::SigningKeys;
pub use self::refusal::Refusal;
pub use self::verify::{body_hash, verify};
