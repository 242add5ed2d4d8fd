//! A request to join a vault: what a new member sends to an admin.

use super::format::Format;
use super::name::MemberName;
use super::time::Timestamp;

/// The content of a request. Its signature proves that the signing key is theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The version of the format that it is written in.
    pub format: Format,
    /// The name they would like to have.
    pub name: MemberName,
    /// When it was made.
    pub created: Timestamp,
    /// The Ed25519 public key that they sign with.
    pub sign: [u8; 32],
    /// age recipients, as age writes them.
    pub recipients: Vec<String>,
}
