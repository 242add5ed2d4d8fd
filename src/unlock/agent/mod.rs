//! The unlock agent: a process of this user that holds an identity in memory, so that the user types a passphrase only
//! once.
//!
//! It holds the text of the identity and nothing else: no value and no key of a vault. It answers on a socket that only
//! this user can reach, and both sides check the other. A dead, foreign or locked agent is not an error: it is treated
//! as if there were none.

pub(crate) mod client;
mod error;
mod lease;
pub(crate) mod locked_memory;
mod peer;
pub(crate) mod place;
pub(crate) mod server;
mod wire;

pub(crate) use self::error::AgentError;
pub(crate) use self::lease::{HELD_LIMIT, LONGEST_LEASE, Lease};
