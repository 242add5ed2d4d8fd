//! Trust: who belongs to a vault, who may write where, and which key governs which names (FORMAT.md, trust chain).

use std::collections::BTreeMap;

use super::format::Format;
use super::key::Key;
use super::name::{KeyName, MemberName};
pub use super::scope::{Kind, Scope, ScopeError};
use super::settings::Settings;
use super::time::Timestamp;
use super::written::{UnknownWord, words};

/// One verified snapshot of the trust chain: the whole state, not a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    /// The version of the format that it is written in.
    pub format: Format,
    /// Number of the snapshot, from 1.
    pub rev: u64,
    /// SHA-256 of the previous snapshot's file; of a genesis random bytes, or `None` in format 1.
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
    /// Every key.
    pub keys: Vec<Key>,
    /// Removed members; neither their name nor their signing key is accepted again by default.
    pub former: Vec<Former>,
    /// Settings of the vault.
    pub settings: Settings,
    /// Fields of later programs.
    pub extra: BTreeMap<String, String>,
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

words! {
    /// What a member may do beyond reading and writing values.
    pub enum Role, UnknownWord {
        /// May sign trust and key documents.
        Admin = "admin",
        /// May not.
        Member = "member",
    }
}

/// A removed member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Former {
    /// The name that was used.
    pub name: MemberName,
    /// Fingerprint of the signing key: the first 8 bytes of its SHA-256.
    pub fingerprint: [u8; 8],
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
    pub fn key(&self, name: &KeyName) -> Option<&Key> {
        self.keys.iter().find(|key| key.name == *name)
    }

    /// The key that governs a name: the one with the longest scope that covers it.
    pub(crate) fn key_for(&self, kind: Kind, name: &str) -> Option<&Key> {
        let longest = |key: &Key| key.scopes.iter().filter_map(|scope| scope.covers(kind, name)).max();
        self.keys
            .iter()
            .filter_map(|key| longest(key).map(|length| (length, key)))
            .max_by_key(|(length, _)| *length)
            .map(|(_, key)| key)
    }
}

#[cfg(test)]
mod tests {
    use super::super::trust_sample::{self, key};
    use super::*;

    #[test]
    fn the_longest_scope_decides_the_key() {
        let keys = vec![key("default", &[1], &["parameter:/", "secret:"]), key("prod", &[1], &["parameter:/app/prod"])];
        let trust = trust_sample::trust(vec![], keys);
        let governing = |name: &str| trust.key_for(Kind::Parameter, name).unwrap().name.to_string();
        assert_eq!(governing("/app/prod/db"), "prod");
        assert_eq!(governing("/app/production"), "default");
        assert_eq!(governing("x"), "default");
    }
}
