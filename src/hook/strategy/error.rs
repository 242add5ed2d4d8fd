//! Why a step of a strategy did not succeed.

use std::borrow::Cow;
use std::fmt;

use super::server::ServerError;
use crate::hook::message::MessageError;
use crate::model::password::PasswordError;

/// Which of the values of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// What AWSCURRENT is on.
    Current,
    /// What AWSPENDING is on.
    Pending,
    /// What AWSPREVIOUS is on.
    Previous,
    /// A value of an aborted rotation.
    Aborted,
    /// The current value of the secret that the option `admin` names.
    Admin,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Version::Current => "current",
            Version::Pending => "pending",
            Version::Previous => "previous",
            Version::Aborted => "aborted",
            Version::Admin => "admin",
        })
    }
}

/// Why a step did not succeed, in one line. Never a value, a password or the address of a server with them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StrategyError {
    /// A call without a value that the step needs.
    #[error("there is no {0} value")]
    NoValue(Version),
    /// A call without the value of an administrator.
    #[error("alternating users need an administrator: name its secret in the option `admin`")]
    NoAdmin,
    /// A value that does not describe a login.
    #[error("the {version} value is not a login: {wrong}")]
    Shape {
        /// Which value.
        version: Version,
        /// What is wrong with it.
        wrong: Cow<'static, str>,
    },
    /// An option with an invalid value.
    #[error("the option `{name}` {wants}")]
    Option {
        /// Its name.
        name: &'static str,
        /// What it should be.
        wants: &'static str,
    },
    /// An option of two users where one changes their own password.
    #[error("the option `{0}` needs `users=alternating`")]
    Unused(&'static str),
    /// A password that cannot be generated.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// A key to be replaced that does not exist.
    #[error("the current value is a JSON object without the string `{0}`: the option `key` names the key to replace")]
    Member(String),
    /// The name of the second user is longer than the server allows.
    #[error("the name of the second user, `{name}`, is longer than {limit} bytes")]
    NameTooLong {
        /// The name.
        name: String,
        /// The limit.
        limit: usize,
    },
    /// Two values that should be about one login are not.
    #[error("the {0} and the {1} value have different user names or hosts")]
    Mismatch(Version, Version),
    /// The pending value is not for the other of two users.
    #[error("the pending value should be for the user `{0}`, the alternate of the current one, on the same host")]
    NotAlternate(String),
    /// The server accepts none of the logins that could change the password.
    #[error("the server refused the logins that could change the password: {} ({code})", listed(.tried))]
    NoLogin {
        /// Which were tried.
        tried: Vec<Version>,
        /// The server's response to the last one.
        code: String,
    },
    /// The second of two alternating users does not exist.
    #[error("the user `{0}` does not exist: create it, or set the option `clone=create`")]
    NoAlternate(String),
    /// A path that cannot hold TLS.
    #[error("a unix socket has no TLS: set the option `tls=off` to use it")]
    Socket,
    /// Authorities that cannot be read.
    #[error("cannot read certificates from {0}")]
    Authorities(String),
    /// An error from the server.
    #[error("{version} login: {error}")]
    Server {
        /// Whose login.
        version: Version,
        /// What happened.
        error: ServerError,
    },
    /// A URL that must not be requested.
    #[error("the option `url` must be https://, or http:// to a loopback address, without a user name")]
    Url,
    /// A response that is not a success.
    #[error("the service answered with status {0}")]
    Status(u16),
    /// No answer at all.
    #[error("no answer from the service: {0}")]
    Unanswered(String),
    /// An invalid answer to `create`.
    #[error(transparent)]
    Answer(#[from] MessageError),
}

impl StrategyError {
    /// Whether the server's rules refuse the value itself, at each attempt.
    pub fn is_refusal(&self) -> bool {
        matches!(self, StrategyError::Server { error: ServerError::Policy { .. }, .. })
    }
}

/// Each word once, in the order in which they came.
fn listed(versions: &[Version]) -> String {
    let mut words: Vec<String> = versions.iter().map(Version::to_string).collect();
    words.dedup();
    words.join(", ")
}
