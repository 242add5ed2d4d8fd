//! Trust states for tests.

use super::id::KeyId;
use super::time::Timestamp;
use super::trust::{KeyRule, Member, Role, Trust};

/// The first snapshot of a chain, made by ana.
pub(crate) fn trust(members: Vec<Member>, keys: Vec<KeyRule>) -> Trust {
    Trust {
        rev: 1,
        prev: None,
        created: Timestamp::from_unix(0),
        by: "ana".parse().unwrap(),
        label: String::new(),
        format_floor: 1,
        members,
        keys,
        former: vec![],
    }
}

/// A member who may write nothing, with a signing key of a number repeated.
pub(crate) fn member(name: &str, role: Role, number: u8) -> Member {
    let recipients = vec![format!("age1{name}")];
    Member { name: name.parse().unwrap(), role, sign: [number; 32], recipients, write: vec![] }
}

/// A key, valid from its version `floor` on.
pub(crate) fn rule(name: &str, floor: u64, scopes: &[&str]) -> KeyRule {
    let scopes = scopes.iter().map(|scope| scope.parse().unwrap()).collect();
    KeyRule { name: name.parse().unwrap(), id: KeyId([0; 16]), floor, scopes }
}
