//! Where identities come from, and where new ones are stored.
//! This is the public entry of the room: only these names may be used from outside.
//!
//! The order of sources is fixed ([`find`](find::find)): a given file, the service manager's credential directory, a
//! descriptor, the text itself, and then what is configured: keyring, passphrase file, plain file, SSH key or plugin; if
//! nothing is, the only identity in its own place. The first configured source is used. If it fails, that is an error: falling through to another
//! identity would make "wrong passphrase" look like "not a member". An unlock agent that holds the configured
//! identity is asked right before the configured source; one that does not return it is ignored.
//!
//! Nothing here reads the environment or prints. If an identity file is given, nothing else is opened: no keyring,
//! and no configuration unless the identity is one that the configuration must allow (SSH, plugins).

pub(crate) mod agent;
pub mod ask;
pub mod create;
pub mod error;
pub mod find;
pub(crate) mod foreign;
pub mod keyring;
pub(crate) mod listing;
pub(crate) mod native_key;
pub(crate) mod own_place;
pub(crate) mod passphrase;
pub(crate) mod renewal;
pub(crate) mod signing;
pub mod source;

mod content;
