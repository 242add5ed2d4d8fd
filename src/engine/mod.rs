//! Verbs: what a vault can do. The public API of the library.
//!
//! Every reading verb verifies before it parses: trust chain, signature, scope of the signer, revision. Every writing verb
//! takes the lock, reads again, applies a rule of [`crate::model`], and replaces whole documents.

mod accept;
mod chain;
mod checkpoint;
mod credentials;
mod error;
mod hooks;
mod init;
mod keys;
mod labels;
mod list;
mod parameters;
mod plan;
mod read;
mod resolve;
mod rotate;
mod secrets;
mod value;
mod vault;
mod verify;
mod write;

pub use accept::{Accepted, Difference};
pub use checkpoint::CheckpointDemand;
pub use credentials::{Credentials, Unlocker};
pub use error::{Error, Introduction, Result, Tampering};
pub use hooks::Hooks;
pub use init::{Founding, NewVault};
pub use list::Listed;
pub use parameters::{Put, PutOutcome};
pub use plan::Planned;
pub use resolve::{Origin, Resolved};
pub use rotate::{Rotated, throw_away_call};
pub use secrets::{NewSecret, NewValue, Stored};
pub use vault::{Notice, OpenOptions, Vault};
pub use verify::{Finding, Verification};
