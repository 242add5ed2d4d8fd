//! Errors of a database server, and how much of them may be shown.

use std::error::Error;
use std::io;

/// Characters of a server's message that are passed on.
const MESSAGE_LIMIT: usize = 200;

/// A request that a database server did not carry out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServerError {
    /// Unknown user or wrong password.
    #[error("the server refused the user name or the password ({0})")]
    Refused(String),
    /// It cannot be reached, or closed the connection.
    #[error("cannot connect: {0}")]
    Unreachable(String),
    /// It does not support TLS.
    #[error("the server does not support TLS: set the option `tls=off` to send everything unencrypted")]
    NoTls,
    /// TLS failed, such as for an untrusted certificate.
    #[error(
        "TLS failed: {0}; set `sslrootcert` to a file of certificate authorities, or `tls=insecure` to skip verification"
    )]
    Tls(String),
    /// A statement fails.
    #[error("the server cannot {doing} ({code}{}{message})", if .message.is_empty() { "" } else { ": " })]
    Statement {
        /// What it was to do.
        doing: &'static str,
        /// SQLSTATE, or the number of the error.
        code: String,
        /// Its message, masked; empty where it would quote the statement.
        message: String,
    },
    /// The password would have to be sent unencrypted.
    #[error(
        "the server accepts the new password only as plain text, and there is no TLS: set the option `tls=off` to allow it"
    )]
    Clear,
    /// The server checks new passwords, and this one does not pass. It never will.
    #[error(
        "the server's rules for passwords refuse the new one ({code}: {message}): the next attempt makes another one; if none passes, \
         set options such as `length`"
    )]
    Policy {
        /// SQLSTATE, or the number of the error.
        code: String,
        /// Its message, masked.
        message: String,
    },
    /// One of two alternating users may do less than the other one.
    #[error("the user `{user}` cannot use `{object}`, which `{other}` can: grant it, or set the option `clone=create`")]
    Lacks {
        /// The user whose turn it is.
        user: String,
        /// What they cannot use.
        object: String,
        /// The current user.
        other: String,
    },
    /// A privilege that is not understood.
    #[error("a privilege of the current user cannot be copied: create the user yourself")]
    Grant,
}

/// A server's message as it may be shown: one line of limited length, without secret texts.
pub(super) fn masked(message: &str, secrets: &[&str]) -> String {
    let mut text = message.to_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, "***");
    }
    let line = text.lines().next().unwrap_or_default();
    line.chars().filter(|c| !c.is_control()).take(MESSAGE_LIMIT).collect()
}

/// What broke a connection: the kind of an I/O error, or what TLS found. Nothing here has seen a password yet.
pub(super) fn broken(error: &(dyn Error + 'static)) -> ServerError {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            return ServerError::Tls(masked(&tls_reason(tls), &[]));
        }
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            match io.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
                Some(tls) => return ServerError::Tls(masked(&tls_reason(tls), &[])),
                None => return ServerError::Unreachable(io_reason(io.kind(), &io.to_string())),
            }
        }
        next = cause.source();
    }
    ServerError::Unreachable("the server closed the connection or violated the protocol".to_owned())
}

/// The kind of an I/O error. A name that cannot be looked up has none of its own.
pub(super) fn io_reason(kind: io::ErrorKind, text: &str) -> String {
    if text.contains("failed to lookup address information") { "host not found".to_owned() } else { kind.to_string() }
}

/// What TLS found, also where rustls has no words for it.
pub(super) fn tls_reason(error: &rustls::Error) -> String {
    let words = match format!("{error:?}") {
        text if text.contains("CaUsedAsEndEntity") => "the server presents the certificate of an authority as its own",
        text if text.contains("EndEntityUsedAsCa") => "it is signed by a certificate that is no authority",
        text if text.contains("UnsupportedCertVersion") => "it is no X.509 certificate of version 3",
        text if text.contains("UnsupportedSignatureAlgorithm") => "its signature algorithm is not supported",
        text if text.contains("UnsupportedCriticalExtension") => "it has an unknown critical extension",
        _ => return error.to_string(),
    };
    format!("invalid peer certificate: {words}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_one_line_without_secrets() {
        assert_eq!(masked("near 'hunter2'\u{1b}[1m\nSTATEMENT", &["", "hunter2"]), "near '***'[1m");
        assert_eq!(masked(&"x".repeat(500), &[]).len(), MESSAGE_LIMIT);
    }

    #[test]
    fn reasons_are_in_plain_words() {
        let lookup = "failed to lookup address information: Name or service not known";
        assert_eq!(io_reason(io::ErrorKind::Other, lookup), "host not found");
        let odd = rustls::CertificateError::Other(rustls::OtherError(std::sync::Arc::new(Odd)));
        let told = tls_reason(&rustls::Error::InvalidCertificate(odd));
        assert_eq!(told, "invalid peer certificate: the server presents the certificate of an authority as its own");
        let known = rustls::Error::InvalidCertificate(rustls::CertificateError::Expired);
        assert!(tls_reason(&known).contains("Expired") || tls_reason(&known).contains("expired"));
    }

    /// What webpki says.
    struct Odd;

    impl std::fmt::Debug for Odd {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("CaUsedAsEndEntity")
        }
    }

    impl std::fmt::Display for Odd {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("CaUsedAsEndEntity")
        }
    }

    impl Error for Odd {}

    #[test]
    fn of_a_broken_connection_only_the_kind_is_told() {
        let error = io::Error::new(io::ErrorKind::ConnectionRefused, "postgres://app:hunter2@db");
        assert_eq!(broken(&error), ServerError::Unreachable("connection refused".into()));
        let error = io::Error::new(io::ErrorKind::InvalidData, rustls::Error::DecryptError);
        assert!(matches!(broken(&error), ServerError::Tls(_)));
    }
}
