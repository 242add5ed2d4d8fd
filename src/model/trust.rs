//! Trust: who belongs to a vault, who may write where, and which key governs which names (FORMAT.md, trust chain).

use std::fmt;
use std::str::FromStr;

use super::id::KeyId;
use super::name::{KeyName, MemberName, NameError, check_secret_alphabet};
use super::time::Timestamp;

/// One verified snapshot of the trust chain: the whole state, not a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    /// Number of the snapshot, from 1.
    pub rev: u64,
    /// SHA-256 of the previous snapshot's file; `None` for the genesis.
    pub prev: Option<[u8; 32]>,
    /// When it was made.
    pub created: Timestamp,
    /// The admin who made it.
    pub by: MemberName,
    /// A name of the vault for people.
    pub label: String,
    /// Documents of an older format are refused.
    pub format_floor: u64,
    /// All members of the vault.
    pub members: Vec<Member>,
    /// Every key, and the scopes it governs.
    pub keys: Vec<KeyRule>,
    /// Removed members; neither their name nor their signing key is accepted again by default.
    pub former: Vec<Former>,
}

/// A person or machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The member's name.
    pub name: MemberName,
    /// What the member may do beyond reading.
    pub role: Role,
    /// The Ed25519 public key that the member signs with.
    pub sign: [u8; 32],
    /// age recipients, as age writes them.
    pub recipients: Vec<String>,
    /// Where the member may sign documents; empty for a reader.
    pub write: Vec<Scope>,
}

/// What a member may do beyond reading and writing values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// May sign trust and key documents.
    Admin,
    /// May not.
    Member,
}

/// A key's place in the trust state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRule {
    /// The key's name.
    pub name: KeyName,
    /// The key's id.
    pub id: KeyId,
    /// Writers must not encrypt under an older version.
    pub floor: u64,
    /// The names it governs; the longest scope wins.
    pub scopes: Vec<Scope>,
}

/// A removed member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Former {
    /// The name that was used.
    pub name: MemberName,
    /// Fingerprint of the signing key: the first 8 bytes of its SHA-256.
    pub fingerprint: [u8; 8],
}

/// The two kinds of named values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A parameter.
    Parameter,
    /// A secret.
    Secret,
}

impl Kind {
    /// The word that documents and scopes use.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Kind::Parameter => "parameter",
            Kind::Secret => "secret",
        }
    }
}

/// A set of names: everything (`*`), or the names of one kind at and below a prefix (`parameter:/prod`, `secret:`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// `*`
    All,
    /// Names of one kind whose components begin with these.
    Prefix {
        /// The kind of names.
        kind: Kind,
        /// The prefix as written: `/`, `/prod`, `/prod/`, or empty.
        prefix: String,
    },
}

impl Scope {
    /// How many components of `name` this scope covers, or `None` if it does not cover it. Matching is per component:
    /// `parameter:/prod` covers `/prod` and `/prod/db`, never `/production`.
    pub(crate) fn covers(&self, kind: Kind, name: &str) -> Option<usize> {
        match self {
            Scope::All => Some(0),
            Scope::Prefix { kind: own, prefix } if *own == kind => {
                let wanted: Vec<&str> = components(prefix).collect();
                let matched = components(name).zip(&wanted).take_while(|(a, b)| a == *b).count();
                (matched == wanted.len()).then_some(matched + 1)
            }
            Scope::Prefix { .. } => None,
        }
    }
}

/// Empty components are dropped: leading, trailing and doubled slashes do not make a scope narrower or wider.
fn components(name: &str) -> impl Iterator<Item = &str> {
    name.split('/').filter(|component| !component.is_empty())
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scope::All => f.write_str("*"),
            Scope::Prefix { kind, prefix } => write!(f, "{}:{prefix}", kind.as_str()),
        }
    }
}

/// A text that is not a scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// Neither `*`, `parameter:…` nor `secret:…`.
    #[error("a scope must be `*`, `parameter:/PREFIX` or `secret:PREFIX`")]
    Form,
    /// The prefix holds a character that names cannot have.
    #[error(transparent)]
    Name(#[from] NameError),
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        if text == "*" {
            return Ok(Scope::All);
        }
        let (kind, prefix) = match text.split_once(':') {
            Some(("parameter", prefix)) if prefix.starts_with('/') => (Kind::Parameter, prefix),
            Some(("secret", prefix)) => (Kind::Secret, prefix),
            _ => return Err(ScopeError::Form),
        };
        check_secret_alphabet(prefix, "scope")?;
        Ok(Scope::Prefix { kind, prefix: prefix.to_owned() })
    }
}

impl Member {
    /// Whether documents of this name may carry this member's signature.
    pub(crate) fn may_write(&self, kind: Kind, name: &str) -> bool {
        self.write.iter().any(|scope| scope.covers(kind, name).is_some())
    }
}

impl Trust {
    /// The member of that name.
    pub fn member(&self, name: &MemberName) -> Option<&Member> {
        self.members.iter().find(|member| member.name == *name)
    }

    /// The member who signs with that public key.
    pub(crate) fn member_by_key(&self, sign: &[u8; 32]) -> Option<&Member> {
        self.members.iter().find(|member| member.sign == *sign)
    }

    /// The key of that name.
    pub fn key(&self, name: &KeyName) -> Option<&KeyRule> {
        self.keys.iter().find(|key| key.name == *name)
    }

    /// The key that governs a name: the one with the longest scope that covers it.
    pub(crate) fn key_for(&self, kind: Kind, name: &str) -> Option<&KeyRule> {
        let longest = |key: &KeyRule| key.scopes.iter().filter_map(|scope| scope.covers(kind, name)).max();
        self.keys
            .iter()
            .filter_map(|key| longest(key).map(|length| (length, key)))
            .max_by_key(|(length, _)| *length)
            .map(|(_, key)| key)
    }
}

#[cfg(test)]
mod tests {
    use super::super::trust_sample::{self, rule};
    use super::*;

    fn covers(scope: &str, name: &str) -> bool {
        scope.parse::<Scope>().unwrap().covers(Kind::Parameter, name).is_some()
    }

    #[test]
    fn scopes_match_whole_components() {
        assert!(covers("parameter:/prod", "/prod/db"));
        assert!(covers("parameter:/prod/", "/prod/db"));
        assert!(covers("parameter:/prod", "/prod"));
        assert!(covers("parameter:/", "x"), "a name without a slash lies below the root");
        assert!(!covers("parameter:/prod", "/production/db"));
        assert!(!covers("secret:", "/prod/db"));
        assert!(covers("*", "/prod/db"));
    }

    #[test]
    fn scopes_have_one_grammar() {
        for good in ["*", "parameter:/", "parameter:/prod/", "secret:", "secret:prod/db"] {
            assert_eq!(good.parse::<Scope>().unwrap().to_string(), good);
        }
        for bad in ["", "parameter:prod", "key:/", "secret:a b", "**"] {
            assert!(bad.parse::<Scope>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_longest_scope_decides_the_key() {
        let keys = vec![rule("default", 1, &["parameter:/", "secret:"]), rule("prod", 1, &["parameter:/app/prod"])];
        let trust = trust_sample::trust(vec![], keys);
        let key = |name: &str| trust.key_for(Kind::Parameter, name).unwrap().name.to_string();
        assert_eq!(key("/app/prod/db"), "prod");
        assert_eq!(key("/app/production"), "default");
        assert_eq!(key("x"), "default");
    }
}
