//! Verbs: what a vault can do. The public API of the library.
//!
//! Every reading verb verifies before it parses: trust chain, signature, scope of the signer, revision. Every writing verb
//! takes the lock, reads again, applies a rule of [`crate::model`], and replaces whole documents.

mod accept;
mod adopt;
mod bulk;
mod chain;
mod checkpoint;
mod credentials;
mod error;
mod exposure;
mod former;
mod hooks;
mod init;
mod key_merge;
mod key_write;
mod keys;
mod labels;
mod list;
mod member_keys;
mod members;
mod merge;
mod parameters;
mod plan;
mod read;
mod rebase;
mod request;
mod reseal;
mod resolve;
mod rotate;
mod secrets;
mod trust_write;
mod value;
mod vault;
mod verify;
mod write;

pub use accept::{Accepted, Difference};
pub use adopt::Adoptable;
pub use chain::Snapshots;
pub use checkpoint::CheckpointDemand;
pub use credentials::{Credentials, Unlocker};
pub use error::{Error, Introduction, Result, Tampering};
pub use exposure::Exposed;
pub use hooks::Hooks;
pub use init::{Founding, NewVault};
pub use key_write::NewKey;
pub use list::Listed;
pub use member_keys::OldKeys;
pub use members::{Removal, RemovalStep, Rights, fingerprint_of};
pub use merge::{Document, MergeOutcome, Sides};
pub use parameters::{Put, PutOutcome};
pub use plan::Planned;
pub use rebase::{Rebase, RebaseOutcome};
pub use request::Received;
pub use resolve::{Origin, Resolved};
pub use rotate::{Rotated, throw_away_call};
pub use secrets::{NewSecret, NewValue, Stored};
pub use vault::{Chain, Notice, OpenOptions, Vault};
pub use verify::{Finding, Verification};
