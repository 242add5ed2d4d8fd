//! Forwarding records to the log of the system: one datagram for each, which never waits for anybody.

use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;

use serde::Deserialize;

use super::record::{Outcome, Record};

/// Where records go besides the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ForwardTo {
    /// Nowhere.
    #[default]
    Off,
    /// To what listens on `/dev/log`.
    Syslog,
    /// To the journal of systemd, with fields.
    Journald,
}

/// A socket of the system's log.
#[derive(Debug)]
pub(crate) struct Forwarder {
    to: ForwardTo,
    socket: UnixDatagram,
    path: PathBuf,
}

impl ForwardTo {
    /// The word in the configuration.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            ForwardTo::Off => "off",
            ForwardTo::Syslog => "syslog",
            ForwardTo::Journald => "journald",
        }
    }

    /// The socket that it is on every system.
    pub(crate) fn usual(self) -> Option<&'static str> {
        match self {
            ForwardTo::Off => None,
            ForwardTo::Syslog => Some("/dev/log"),
            ForwardTo::Journald => Some("/run/systemd/journal/socket"),
        }
    }
}

impl Forwarder {
    /// Forwards to the socket at `path`, which need not exist yet.
    pub(crate) fn new(to: ForwardTo, path: PathBuf) -> io::Result<Self> {
        let socket = UnixDatagram::unbound()?;
        socket.set_nonblocking(true)?;
        Ok(Forwarder { to, socket, path })
    }

    /// The socket.
    pub(crate) fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Sends a record, if it is taken at once.
    pub(crate) fn send(&self, record: &Record<'_>) -> io::Result<()> {
        let message = match self.to {
            ForwardTo::Journald => journal_entry(record),
            ForwardTo::Off | ForwardTo::Syslog => syslog_line(record),
        };
        self.socket.send_to(message.as_bytes(), &self.path).map(drop)
    }
}

/// The facility for messages about access: `authpriv`.
const FACILITY: u8 = 10;

/// `warning` for what was refused or failed, otherwise `info`.
fn severity(record: &Record<'_>) -> u8 {
    if record.outcome == Outcome::Allowed { 6 } else { 4 }
}

/// A line as programs write it to `/dev/log` (RFC 3164): whoever takes it adds time and host, as the sender's cannot be trusted.
fn syslog_line(record: &Record<'_>) -> String {
    format!("<{}>vault[{}]: {}", FACILITY * 8 + severity(record), std::process::id(), json(record))
}

/// An entry in the journal's own protocol: a line for each field. A line of JSON has no line breaks, and neither has what else is
/// sent.
fn journal_entry(record: &Record<'_>) -> String {
    let mut entry = format!(
        "MESSAGE={}\nPRIORITY={}\nSYSLOG_FACILITY={FACILITY}\nSYSLOG_IDENTIFIER=vault\n",
        json(record),
        severity(record)
    );
    for (field, text) in [
        ("ACTION", record.action.as_str()),
        ("OUTCOME", record.outcome.as_str()),
        ("COMMAND", &record.command),
        ("NAME", &record.name),
        ("MEMBER", &record.member),
    ] {
        if !text.is_empty() && !text.contains('\n') {
            entry.push_str("VAULT_");
            entry.push_str(field);
            entry.push('=');
            entry.push_str(text);
            entry.push('\n');
        }
    }
    entry
}

fn json(record: &Record<'_>) -> String {
    serde_json::to_string(record).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(to: ForwardTo, record: &Record<'_>) -> String {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("log");
        let listener = UnixDatagram::bind(&path).unwrap();
        Forwarder::new(to, path).unwrap().send(record).unwrap();
        let mut buffer = [0; 4096];
        let length = listener.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    }

    fn refused() -> Record<'static> {
        let (name, command, outcome) = ("/prod/db".into(), "param get".into(), Outcome::Denied);
        Record { name, command, outcome, program: "two\nlines".into(), ..Record::default() }
    }

    #[test]
    fn a_record_is_one_line_for_syslog_and_fields_for_the_journal() {
        let line = received(ForwardTo::Syslog, &refused());
        assert!(line.starts_with("<84>vault[") && line.contains("\"name\":\"/prod/db\""), "{line}");
        assert!(!line.contains('\n'), "{line}");
        assert!(received(ForwardTo::Syslog, &Record::default()).starts_with("<86>vault["));
        let entry = received(ForwardTo::Journald, &refused());
        for field in ["PRIORITY=4", "SYSLOG_IDENTIFIER=vault", "VAULT_NAME=/prod/db", "VAULT_OUTCOME=denied"] {
            assert!(entry.lines().any(|line| line == field), "{field}: {entry}");
        }
        assert!(entry.lines().all(|line| line.contains('=')), "{entry}");
    }

    #[test]
    fn nobody_is_waited_for() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("log");
        let forwarder = Forwarder::new(ForwardTo::Syslog, path.clone()).unwrap();
        assert!(forwarder.send(&refused()).is_err(), "nobody listens");
        let _deaf = UnixDatagram::bind(&path).unwrap();
        assert!((0..100_000).any(|_| forwarder.send(&refused()).is_err()), "its queue has an end");
    }
}
