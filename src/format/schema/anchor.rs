//! Anchors of logs of uses.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use serde::Deserialize;

use super::extra::finish;
use super::field::{hex, parsed, positive};
use super::gate::{begin, read};
use super::head::{emit_head, read_head};
use super::kind::DocumentKind;
use crate::format::error::FormatError;
use crate::model::format::Format;
use crate::model::id::VaultId;
use crate::model::log_anchor::LogAnchor;

const KIND: DocumentKind = DocumentKind::Anchor;
/// An anchor is never a tombstone: what it says stays true.
const STATE: &str = "active";
/// The longest name of a user and a machine.
const ORIGIN_LIMIT: usize = 256;

/// Reads the body of an anchor in `vault`. Only the member whose log it is may be its author.
pub fn parse_anchor(body: &[u8], vault: &VaultId) -> Result<LogAnchor, FormatError> {
    read(body, KIND, &[&vault.to_string()], Fields::into_anchor, |anchor| emit_anchor(anchor, vault))
}

/// Writes the body of an anchor in canonical form.
pub fn emit_anchor(anchor: &LogAnchor, vault: &VaultId) -> String {
    let mut out = begin(anchor.head.format, KIND, &vault.to_string(), 1024);
    emit_head(&mut out, anchor.log, None, &anchor.head, Some(STATE));
    out.shown("member", &anchor.member);
    out.text("origin", &anchor.origin);
    out.number("size", anchor.size);
    out.text("head", &HEXLOWER.encode(&anchor.hash));
    out.shown("at", anchor.at);
    finish(out, anchor.head.format, &anchor.head.extra)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    id: String,
    rev: u64,
    trust: u64,
    state: String,
    modified: String,
    by: String,
    member: String,
    origin: String,
    size: u64,
    head: String,
    at: String,
    extra: Option<BTreeMap<String, String>>,
    critical: Option<Vec<String>>,
}

impl Fields {
    fn into_anchor(self, format: Format) -> Result<LogAnchor, FormatError> {
        let anchor = LogAnchor {
            log: parsed(&self.id, "id")?,
            head: read_head(format, self.rev, self.trust, &self.modified, &self.by, self.extra, self.critical)?,
            member: parsed(&self.member, "member")?,
            origin: self.origin,
            size: positive(self.size, "size")?,
            hash: hex(&self.head, "head")?,
            at: parsed(&self.at, "at")?,
        };
        match anchor {
            _ if self.state != STATE => Err(FormatError::field("state")),
            _ if anchor.member != anchor.head.by => Err(FormatError::field("member")),
            _ if anchor.origin.len() > ORIGIN_LIMIT => Err(FormatError::field("origin")),
            anchor => Ok(anchor),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::head::Head;
    use crate::model::id::DocId;

    fn sample() -> LogAnchor {
        let at = "2026-11-29T08:00:00Z".parse().unwrap();
        LogAnchor {
            log: DocId([0xab; 16]),
            head: Head::new(3, 1, at, "ana".parse().unwrap()),
            member: "ana".parse().unwrap(),
            origin: "1000 ana@laptop".into(),
            size: 1200,
            hash: [7; 32],
            at,
        }
    }

    #[test]
    fn an_anchor_has_these_bytes_and_reads_back() {
        let vault = VaultId([7; 32]);
        let body = emit_anchor(&sample(), &vault);
        let expected = format!(
            "format: \"vault/v2\"\nkind: \"anchor\"\nvault: \"{vault}\"\nid: \"{}\"\nrev: 3\ntrust: 1\nstate: \"active\"\n\
             modified: \"2026-11-29T08:00:00Z\"\nby: \"ana\"\nmember: \"ana\"\norigin: \"1000 ana@laptop\"\nsize: 1200\n\
             head: \"{}\"\nat: \"2026-11-29T08:00:00Z\"\n",
            "ab".repeat(16),
            "07".repeat(32)
        );
        assert_eq!(body, expected);
        assert_eq!(parse_anchor(body.as_bytes(), &vault).unwrap(), sample());
    }

    #[test]
    fn what_no_program_writes_is_refused() {
        let vault = VaultId([7; 32]);
        let body = emit_anchor(&sample(), &vault);
        for (from, to) in [
            ("member: \"ana\"", "member: \"bob\""),
            ("state: \"active\"", "state: \"deleted\""),
            ("size: 1200", "size: 0"),
            ("vault/v2", "vault/v1"),
            ("head: \"07", "head: \"7"),
            ("laptop", &"x".repeat(300)),
        ] {
            let changed = body.replace(from, to);
            assert_ne!(changed, body);
            assert!(parse_anchor(changed.as_bytes(), &vault).is_err(), "{to}");
        }
    }
}
