//! One record: a line of JSON whose first members are the chain.

use std::borrow::Cow;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use crate::crypto::framing::sha256;

/// The longest text that a record holds.
const LONGEST: usize = 300;

/// One use of a value, one change, or something about the log itself. Never holds a value.
///
/// Empty members are left out of the line.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Record<'a> {
    /// When, in UTC with milliseconds.
    #[serde(borrow)]
    pub(crate) time: Cow<'a, str>,
    /// What was done.
    pub(crate) action: Action,
    /// How it ended.
    pub(crate) outcome: Outcome,
    /// The command, such as `param get`.
    #[serde(borrow, skip_serializing_if = "str::is_empty")]
    pub(crate) command: Cow<'a, str>,
    /// The program that got the value, or the file that it was written to.
    #[serde(borrow, skip_serializing_if = "str::is_empty")]
    pub(crate) program: Cow<'a, str>,
    /// `parameter`, `secret`, `credential`, or empty.
    #[serde(borrow, skip_serializing_if = "str::is_empty")]
    pub(crate) kind: Cow<'a, str>,
    /// The name; `*` if a command opened all that it could.
    #[serde(borrow, skip_serializing_if = "str::is_empty")]
    pub(crate) name: Cow<'a, str>,
    /// What was typed, where that is not the name.
    #[serde(borrow, skip_serializing_if = "str::is_empty")]
    pub(crate) typed: Cow<'a, str>,
    /// The number or id of the version.
    #[serde(borrow, skip_serializing_if = "str::is_empty")]
    pub(crate) version: Cow<'a, str>,
    /// Its labels or stages at that time.
    #[serde(borrow, skip_serializing_if = "Vec::is_empty")]
    pub(crate) labels: Vec<Cow<'a, str>>,
    /// Why it was refused or failed.
    #[serde(borrow, skip_serializing_if = "str::is_empty")]
    pub(crate) error: Cow<'a, str>,
    /// The reason that the user gave.
    #[serde(borrow, skip_serializing_if = "str::is_empty")]
    pub(crate) reason: Cow<'a, str>,
    /// The credential with which a program called the server: its access key id and its name.
    #[serde(borrow, skip_serializing_if = "str::is_empty")]
    pub(crate) caller: Cow<'a, str>,
    /// The member whose identity was used.
    #[serde(borrow, skip_serializing_if = "str::is_empty")]
    pub(crate) member: Cow<'a, str>,
    /// The user of the machine: number and name.
    #[serde(borrow, skip_serializing_if = "str::is_empty")]
    pub(crate) user: Cow<'a, str>,
    /// The machine.
    #[serde(borrow, skip_serializing_if = "str::is_empty")]
    pub(crate) host: Cow<'a, str>,
    /// The program that started `vault`.
    #[serde(borrow, skip_serializing_if = "str::is_empty")]
    pub(crate) parent: Cow<'a, str>,
    /// The job of continuous integration.
    #[serde(borrow, skip_serializing_if = "str::is_empty")]
    pub(crate) job: Cow<'a, str>,
    /// The coding agent, if one was recognised.
    #[serde(borrow, skip_serializing_if = "str::is_empty")]
    pub(crate) agent: Cow<'a, str>,
    /// The boot of the machine: 8 hexadecimal digits.
    #[serde(borrow, skip_serializing_if = "str::is_empty")]
    pub(crate) boot: Cow<'a, str>,
    /// How long the command had been running, in microseconds.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) micros: u64,
    /// How often, where the uses of a second by one client of the server are counted together; absent for once.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) times: u64,
    /// In the first record of a log, its id: 32 hexadecimal digits.
    #[serde(borrow, skip_serializing_if = "str::is_empty")]
    pub(crate) log: Cow<'a, str>,
    /// In the first record of a log, the vault.
    #[serde(borrow, skip_serializing_if = "str::is_empty")]
    pub(crate) vault: Cow<'a, str>,
    /// How many records were dropped, or bytes of a torn line.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) dropped: u64,
}

/// What a record is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Action {
    /// A value was opened.
    #[default]
    Open,
    /// A document was written.
    Change,
    /// The log begins here.
    Begin,
    /// Older records were dropped, because they were kept long enough.
    Drop,
    /// The end of the log was torn by a crash of the machine, and removed.
    Recover,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    /// It was done.
    #[default]
    Allowed,
    /// A rule or a missing right refused it.
    Denied,
    /// It failed.
    Failed,
}

impl Record<'_> {
    /// The access key id and the name of the credential with which a program called the server; empty if none did.
    pub(crate) fn credential(&self) -> (&str, &str) {
        self.caller.split_once(' ').unwrap_or((&self.caller, ""))
    }

    /// Who did it: the credential of a program, the member, or the user of the machine.
    pub(crate) fn who(&self) -> &str {
        let (_, credential) = self.credential();
        [credential, &self.member].into_iter().find(|who| !who.is_empty()).unwrap_or(&self.user)
    }
}

impl Action {
    /// The word in the record.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Action::Open => "open",
            Action::Change => "change",
            Action::Begin => "begin",
            Action::Drop => "drop",
            Action::Recover => "recover",
        }
    }
}

impl Outcome {
    /// The word in the record.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Outcome::Allowed => "allowed",
            Outcome::Denied => "denied",
            Outcome::Failed => "failed",
        }
    }
}

/// Where a record stands in the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Link {
    /// Its number; the first has 0.
    pub(super) seq: u64,
    /// The hash of the line before it.
    pub(super) prev: [u8; 32],
}

impl Record<'_> {
    /// The line of the record at its place, without a line feed.
    pub(super) fn line(&self, link: Link) -> String {
        let prev = HEXLOWER.encode(&link.prev);
        let rest = serde_json::to_string(self).unwrap_or_default();
        format!("{{\"seq\":{},\"prev\":\"{prev}\",{}", link.seq, rest.trim_start_matches('{'))
    }
}

impl<'a> Record<'a> {
    /// The same, of texts of its own.
    pub(crate) fn owned(self) -> Record<'static> {
        let own = |text: Cow<'a, str>| Cow::Owned(text.into_owned());
        Record {
            time: own(self.time),
            command: own(self.command),
            program: own(self.program),
            kind: own(self.kind),
            name: own(self.name),
            typed: own(self.typed),
            version: own(self.version),
            labels: self.labels.into_iter().map(own).collect(),
            error: own(self.error),
            reason: own(self.reason),
            caller: own(self.caller),
            member: own(self.member),
            user: own(self.user),
            host: own(self.host),
            parent: own(self.parent),
            job: own(self.job),
            agent: own(self.agent),
            boot: own(self.boot),
            log: own(self.log),
            vault: own(self.vault),
            action: self.action,
            outcome: self.outcome,
            micros: self.micros,
            times: self.times,
            dropped: self.dropped,
        }
    }

    /// The record in a line.
    pub(crate) fn parse(line: &'a [u8]) -> Option<Record<'a>> {
        // A line is checked as a whole: that is faster than each text by itself.
        serde_json::from_str(std::str::from_utf8(line).ok()?).ok()
    }
}

impl Link {
    /// The place of the record behind the one in `line`, which stands here.
    pub(super) fn after(self, line: &[u8]) -> Link {
        Link { seq: self.seq + 1, prev: hash(line) }
    }

    /// Where a line stands, as it says itself.
    pub(super) fn of(line: &[u8]) -> Option<Link> {
        let rest = line.strip_prefix(b"{\"seq\":")?;
        let digits = rest.iter().position(|byte| !byte.is_ascii_digit()).filter(|digits| (1..=20).contains(digits))?;
        let seq = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
        let prev = rest[digits..].strip_prefix(b",\"prev\":\"")?.get(..64)?;
        let prev = HEXLOWER.decode(prev).ok()?.try_into().ok()?;
        rest[digits + 9 + 64..].starts_with(b"\",").then_some(Link { seq, prev })
    }
}

/// What is read of a line, written as a line: what the fuzz target compares.
pub fn rewritten(line: &[u8]) -> Option<String> {
    Some(Record::parse(line)?.line(Link::of(line)?))
}

/// The hash of a line, which the next one names.
pub(super) fn hash(line: &[u8]) -> [u8; 32] {
    sha256(line)
}

/// A text as records hold it: not longer than they allow.
pub(crate) fn bounded(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(LONGEST) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes members like this")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_its_own_texts_says_the_same() {
        let line =
            br#"{"time":"2026-11-29T08:00:00.123Z","action":"open","outcome":"allowed","caller":"AKIA app","times":3}"#;
        let record = Record::parse(line).unwrap();
        let own = record.clone().owned();
        assert_eq!(own, record);
        assert_eq!((own.who(), own.credential(), own.times), ("app", ("AKIA", "app"), 3));
    }

    #[test]
    fn a_line_says_where_it_stands_and_is_read_again() {
        let record = Record {
            time: "2026-11-29T08:00:00.123Z".into(),
            name: "/app/\"quoted\"\u{7}".into(),
            labels: vec!["live".into()],
            ..Record::default()
        };
        let link = Link { seq: 12, prev: [7; 32] };
        let line = record.line(link);
        assert!(line.starts_with("{\"seq\":12,\"prev\":\"0707") && line.ends_with('}'), "{line}");
        assert!(!line.contains('\n') && !line.contains("member"), "{line}");
        assert_eq!(Link::of(line.as_bytes()), Some(link));
        assert_eq!(Record::parse(line.as_bytes()), Some(record));
    }

    #[test]
    fn what_is_no_line_has_no_place() {
        for bad in [
            "",
            "{}",
            "{\"seq\":,\"prev\":\"\"}",
            "{\"seq\":1,\"prev\":\"zz\"}",
            "{\"seq\":99999999999999999999999,\"prev\":\"\"}",
        ] {
            assert_eq!(Link::of(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let long = "ü".repeat(400);
        assert_eq!(bounded(&long).chars().count(), LONGEST + 1);
        assert_eq!(bounded("short"), "short");
    }
}
