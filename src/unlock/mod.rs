//! Edge: where identities come from, and where new ones are put.
//!
//! The order of places is fixed ([`find`](find::find)): a file that was named, the service manager's credential
//! directory, a descriptor, the text itself, and then what `vault init` configured: keyring, passphrase file, plain
//! file, SSH key or plugin. The first place that is configured decides. If it fails, that is the error: falling
//! through to another identity would make "wrong passphrase" look like "not a member". An unlock [`agent`] that holds the
//! configured identity is asked right before the configured place; one that does not give it is as good as none.
//!
//! Nothing here reads the environment or prints. With an identity file at hand, nothing else is opened: no keyring,
//! and no configuration unless the identity is one that the configuration must allow (SSH, plugins).

pub mod agent;
pub mod ask;
pub mod create;
pub mod error;
pub mod find;
pub mod keyring;
pub mod passphrase;
pub mod renewal;
pub mod signing;
pub mod source;

mod content;
