//! Why an agent did not answer.

use std::fmt;

/// Why an agent did not answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AgentError {
    /// There is none.
    #[error("there is no unlock agent")]
    Absent,
    /// There is a socket, but nobody listens on it.
    #[error("the unlock agent is dead")]
    Dead,
    /// There is something that is not this user's agent.
    #[error("the socket of the unlock agent is not trusted: {0}")]
    Foreign(Distrust),
    /// It is locked.
    #[error("the unlock agent is locked")]
    Locked,
    /// It did not answer in time, or its answer was invalid.
    #[error("the unlock agent does not answer")]
    Silent,
}

/// What is wrong with a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Distrust {
    /// It is not a socket.
    NotASocket,
    /// It belongs to somebody else.
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
            Distrust::Peer => "another user is listening there",
        })
    }
}
