//! Verbs: what a vault can do. The public API of the library.
//!
//! Every reading verb verifies before it parses: trust chain, signature, scope of the signer, revision. Every writing verb
//! takes the lock, reads again, applies a rule of [`crate::model`], and replaces whole documents.

mod accept;
mod again;
mod authority;
mod backup;
mod bulk;
mod chain;
mod checkpoint;
mod credentials;
mod error;
mod exposure;
mod history;
mod hooks;
mod import;
mod init;
mod key_write;
mod keys;
mod labels;
mod list;
mod members;
mod merge;
mod parallel;
mod parameters;
mod read;
mod request;
mod reseal;
mod resolve;
mod restore;
mod rotate;
mod secrets;
mod staging;
mod trust_write;
mod value;
mod values;
mod vault;
mod verify;
mod write;

pub use accept::{Accepted, Difference};
pub use backup::BackedUp;
pub use checkpoint::CheckpointDemand;
pub use credentials::{Credentials, Unlocker};
pub use error::{Error, Introduction, Result, Tampering};
pub use exposure::Exposed;
pub use history::{Chain, Content, Past, Stand, alleged_signer};
pub use hooks::Hooks;
pub use import::{Import, ImportedSecret, ImportedVersion, Planned};
pub use init::{Founding, NewVault};
pub use key_write::NewKey;
pub use list::Listed;
pub use members::{Removal, RemovalStep, Rights, fingerprint_of};
pub use merge::{Document, MergeOutcome, Sides};
pub use parameters::{Put, PutOutcome};
pub use request::Received;
pub use resolve::{Origin, Resolved};
pub use restore::{Behind, Place, Standing, place, unpack};
pub use rotate::{Rotated, throw_away_call};
pub use secrets::{NewSecret, NewValue, Stored};
pub use staging::Staging;
pub use values::{ValueName, Wanted};
pub use vault::{Notice, OpenOptions, Vault};
pub use verify::{Finding, Verification};
