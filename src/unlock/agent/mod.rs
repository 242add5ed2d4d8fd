//! The unlock agent: a process of this user that holds an identity in memory, so that a passphrase is asked for once.
//!
//! It holds the text of the identity and nothing else: no value and no key of a vault. It answers on a socket that only
//! this user can reach, and both sides look at who the other one is. An agent that is dead, foreign or locked is no
//! error: what is configured decides then, as if there were none.

pub mod arena;
pub mod client;
pub mod place;
pub mod server;

mod peer;
mod wire;

use std::fmt;
use std::time::Duration;

/// The longest identity that an agent holds, in bytes.
pub const HELD_LIMIT: usize = 16 * 1024;

/// How long an agent keeps what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// From the beginning.
    pub total: Duration,
    /// From the last time that somebody used it.
    pub idle: Duration,
}

/// What is left of a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Until the end, in whole seconds.
    pub total: u64,
    /// Until the end if nobody uses it, in whole seconds.
    pub idle: u64,
    /// The agent's process.
    pub process: u32,
}

/// Why an agent did not answer.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// There is none.
    #[error("there is no unlock agent")]
    Absent,
    /// A socket is there, and nobody behind it.
    #[error("the unlock agent is dead")]
    Dead,
    /// Something is there that is not this user's agent.
    #[error("what is in the place of the unlock agent is not trusted: {0}")]
    Foreign(Distrust),
    /// It is locked.
    #[error("the unlock agent is locked")]
    Locked,
    /// It did not answer in time, or with nonsense.
    #[error("the unlock agent does not answer")]
    Silent,
}

/// What is wrong with a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distrust {
    /// No socket.
    NotASocket,
    /// Somebody else's.
    Owner,
    /// Others can reach it.
    Mode,
    /// Its directory is another user's, or others can change it.
    Directory,
    /// Somebody else listens.
    Peer,
}

impl fmt::Display for Distrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Distrust::NotASocket => "it is not a socket",
            Distrust::Owner => "it belongs to another user",
            Distrust::Mode => "other users can reach it",
            Distrust::Directory => "other users can reach its directory",
            Distrust::Peer => "another user listens there",
        })
    }
}
