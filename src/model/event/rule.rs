//! Rules: which events are delivered where, on whose machines (FORMAT.md, events).

use std::fmt;
use std::str::FromStr;

use crate::model::head::Head;
use crate::model::hook::HookName;
use crate::model::id::DocId;
use crate::model::name::{MemberName, RuleName, SecretName};
use crate::model::written::{UnknownWord, words};

/// The longest pattern, in bytes.
const PATTERN_LIMIT: usize = 4096;
/// The longest description, in bytes.
const DESCRIPTION_LIMIT: usize = 1024;
/// Most targets of a rule.
const TARGETS_LIMIT: usize = 16;
/// Most members on whose machines a rule runs.
const MEMBERS_LIMIT: usize = 200;
/// Most arguments of a program.
const ARGUMENTS_LIMIT: usize = 64;
/// The longest argument, path or URL, in bytes.
const TEXT_LIMIT: usize = 1024;

/// A rule, or its tombstone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The id of its document.
    pub id: DocId,
    /// Its name.
    pub name: RuleName,
    /// Revision, author and time.
    pub head: Head,
    /// Whether it is a tombstone.
    pub deleted: bool,
    /// A note for people.
    pub description: String,
    /// Whether anything is delivered.
    pub enabled: bool,
    /// The members on whose machines it runs, sorted.
    pub on: Vec<MemberName>,
    /// Which events, in the matching language of EventBridge.
    pub pattern: String,
    /// Where they are delivered.
    pub targets: Vec<Target>,
}

/// Where an event is delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// What it is.
    pub kind: TargetKind,
    /// A program as a hook is named, a path, or a URL.
    pub to: String,
    /// What a program gets on its command line.
    pub arguments: Vec<String>,
    /// The secret that signs a webhook.
    pub secret: Option<SecretName>,
}

words! {
    /// What a target is.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum TargetKind, UnknownWord {
        /// A program on that machine.
        Program = "program",
        /// A file that lines are added to.
        File = "file",
        /// A URL that gets the event, signed.
        Webhook = "webhook",
        /// A URL that gets the event as `PutEvents` does.
        Aws = "aws",
    }
}

/// What is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// Something is longer than a document may have it, or there is too much of it.
    #[error("{what} may have at most {limit}")]
    TooMuch {
        /// What.
        what: &'static str,
        /// How much of it, with the unit.
        limit: &'static str,
    },
    /// Another rule has the name.
    #[error("a rule of this name exists")]
    Exists,
    /// No target.
    #[error("a rule needs a target: `--program`, `--file`, `--webhook` or `--aws`")]
    NoTarget,
    /// A text with line breaks or other control characters.
    #[error("{0} must be one line of at most {TEXT_LIMIT} bytes")]
    Line(&'static str),
    /// A strategy or a rotation function is no program of a rule.
    #[error("a program must be a file in the vault's hooks/ such as `reload.sh`, or an absolute path")]
    Program,
    /// A file without an absolute path.
    #[error("a file must be an absolute path")]
    File,
    /// A URL that is not requested.
    #[error("a URL must begin with https://, or with http:// on this machine (localhost or a loopback address)")]
    Url,
    /// Something that this kind of target does not have.
    #[error("only a program takes arguments, and only a webhook a secret")]
    Extra,
}

impl Rule {
    /// Refuses what a document may not state. The pattern is checked by whoever writes it.
    pub(crate) fn check_form(&self) -> Result<(), RuleError> {
        let within = |length, limit, what, text| {
            if length <= limit { Ok(()) } else { Err(RuleError::TooMuch { what, limit: text }) }
        };
        within(self.description.len(), DESCRIPTION_LIMIT, "a description", "1024 bytes")?;
        within(self.pattern.len(), PATTERN_LIMIT, "a pattern", "4096 bytes")?;
        within(self.on.len(), MEMBERS_LIMIT, "a rule", "200 members")?;
        within(self.targets.len(), TARGETS_LIMIT, "a rule", "16 targets")?;
        if self.targets.is_empty() && !self.deleted {
            return Err(RuleError::NoTarget);
        }
        self.targets.iter().try_for_each(Target::check)
    }

    /// Leaves a tombstone.
    pub(crate) fn delete(&mut self) {
        self.deleted = true;
        self.description.clear();
        self.enabled = false;
        self.on.clear();
        self.pattern.clear();
        self.targets.clear();
    }

    /// Whether it runs on the machines of a member.
    pub(crate) fn runs_for(&self, member: &str) -> bool {
        self.enabled && !self.deleted && self.on.iter().any(|name| name.as_str() == member)
    }

    /// Whether a machine must have approved it: it runs a program there or writes a file.
    pub(crate) fn needs_approval(&self) -> bool {
        self.targets.iter().any(|target| matches!(target.kind, TargetKind::Program | TargetKind::File))
    }
}

impl Target {
    fn check(&self) -> Result<(), RuleError> {
        let is_line = |text: &String| text.len() <= TEXT_LIMIT && !text.chars().any(char::is_control);
        if !is_line(&self.to) || self.to.is_empty() {
            return Err(RuleError::Line("a target"));
        }
        if self.arguments.len() > ARGUMENTS_LIMIT || !self.arguments.iter().all(is_line) {
            return Err(RuleError::Line("each of at most 64 arguments"));
        }
        let has_arguments = !self.arguments.is_empty() && self.kind != TargetKind::Program;
        if has_arguments || self.secret.is_some() && self.kind != TargetKind::Webhook {
            return Err(RuleError::Extra);
        }
        match self.kind {
            TargetKind::Program => match HookName::from_str(&self.to) {
                Ok(HookName::File(_) | HookName::Program(_)) => Ok(()),
                _ => Err(RuleError::Program),
            },
            TargetKind::File if is_absolute(&self.to) => Ok(()),
            TargetKind::File => Err(RuleError::File),
            TargetKind::Webhook | TargetKind::Aws => Url::of(&self.to).map(drop).ok_or(RuleError::Url),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.to)?;
        self.arguments.iter().try_for_each(|argument| write!(f, " {argument}"))
    }
}

/// An absolute path whose levels are all spelled out.
fn is_absolute(path: &str) -> bool {
    let levels = path.strip_prefix('/').map(|rest| rest.split('/'));
    levels.is_some_and(|mut levels| levels.all(|level| !matches!(level, "" | "." | "..")))
}

/// A URL that may be requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Url<'a> {
    /// The host, an address without its brackets.
    pub host: &'a str,
    /// The port, if it is stated.
    pub port: Option<u16>,
    /// Whether it is requested over TLS.
    pub is_secure: bool,
}

impl<'a> Url<'a> {
    /// https to anywhere, http to this machine; no user in it.
    pub(crate) fn of(text: &'a str) -> Option<Self> {
        let (is_secure, rest) = match text.strip_prefix("https://") {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix("http://")?),
        };
        let authority = rest.split(['/', '?', '#']).next()?;
        let is_plain = |text: &str| !text.contains(['@', '\\', ' ']) && text.is_ascii();
        let (host, port) = match authority.strip_prefix('[') {
            Some(rest) => rest.split_once(']')?,
            None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
        };
        let port = match port.strip_prefix(':') {
            Some(port) => Some(port.parse().ok()?),
            None if port.is_empty() => None,
            None => return None,
        };
        let url = Url { host, port, is_secure };
        (is_plain(text) && !host.is_empty() && (is_secure || url.is_loopback())).then_some(url)
    }

    /// Whether it names this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.address().is_some_and(|address| address.is_loopback())
    }

    /// The address, if it names one.
    pub(crate) fn address(&self) -> Option<std::net::IpAddr> {
        self.host.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(kind: TargetKind, to: &str) -> Target {
        Target { kind, to: to.into(), arguments: Vec::new(), secret: None }
    }

    #[test]
    fn targets_are_programs_paths_and_urls() {
        use TargetKind::{Aws, File, Program, Webhook};
        for (kind, to) in [
            (Program, "reload.sh"),
            (Program, "/usr/local/bin/reload"),
            (File, "/var/log/vault/events"),
            (Webhook, "https://example.com/hook?x=1"),
            (Webhook, "http://127.0.0.1:8080/"),
            (Webhook, "http://[::1]:80/"),
            (Aws, "http://localhost/"),
        ] {
            assert_eq!(target(kind, to).check(), Ok(()), "{to}");
        }
        for (kind, to, expected) in [
            (Program, "builtin:random", RuleError::Program),
            (Program, "lambda:x.py", RuleError::Program),
            (Program, "../x", RuleError::Program),
            (File, "x", RuleError::File),
            (File, "/x/../y", RuleError::File),
            (File, "/", RuleError::File),
            (Webhook, "http://example.com/", RuleError::Url),
            (Webhook, "http://localhost.example.com/", RuleError::Url),
            (Webhook, "https://a:b@example.com/", RuleError::Url),
            (Webhook, "https:///x", RuleError::Url),
            (Webhook, "ftp://localhost/", RuleError::Url),
            (Webhook, "", RuleError::Line("a target")),
            (Webhook, "https://x/\n", RuleError::Line("a target")),
        ] {
            assert_eq!(target(kind, to).check(), Err(expected), "{to}");
        }
        let with_argument = |kind, to| Target { arguments: vec!["x".into()], ..target(kind, to) };
        assert_eq!(with_argument(Program, "a.sh").check(), Ok(()));
        assert_eq!(with_argument(File, "/a").check(), Err(RuleError::Extra));
        let with_secret = |kind, to| Target { secret: Some("a".parse().unwrap()), ..target(kind, to) };
        assert_eq!(with_secret(Webhook, "https://a/").check(), Ok(()));
        assert_eq!(with_secret(Aws, "https://a/").check(), Err(RuleError::Extra));
    }
}
