//! Trust states for tests.

use std::collections::BTreeMap;

use super::format::Format;
use super::id::KeyId;
use super::key::{Codec, Key, KeyState, KeyVersion, Suite, VersionState};
use super::settings::Settings;
use super::time::Timestamp;
use super::trust::{Member, Role, Trust};

/// The first snapshot of a chain, made by ana.
pub(crate) fn trust(members: Vec<Member>, keys: Vec<Key>) -> Trust {
    Trust {
        format: Format::CURRENT,
        rev: 1,
        prev: None,
        created: Timestamp::from_unix(0),
        by: "ana".parse().unwrap(),
        label: String::new(),
        format_floor: 1,
        members,
        keys,
        former: vec![],
        settings: Settings::default(),
        extra: BTreeMap::new(),
    }
}

/// A member who may write nothing, with a signing key of a number repeated.
pub(crate) fn member(name: &str, role: Role, number: u8) -> Member {
    let recipients = vec![format!("age1{name}")];
    Member { name: name.parse().unwrap(), role, sign: [number; 32], recipients, write: vec![] }
}

/// A key with enabled versions of these numbers, the last of which is current, that ana reads.
pub(crate) fn key(name: &str, versions: &[u64], scopes: &[&str]) -> Key {
    let version = |number: &u64| KeyVersion {
        number: *number,
        created: Timestamp::from_unix(0),
        state: VersionState::Enabled,
        taint: String::new(),
        check: [u8::try_from(*number).unwrap_or(u8::MAX); 16],
        seal: format!("age1seal{number}"),
    };
    Key {
        name: name.parse().unwrap(),
        id: KeyId([0; 16]),
        state: KeyState::Enabled,
        description: String::new(),
        codec: Codec::Xc1,
        suite: Suite::Classic,
        scopes: scopes.iter().map(|scope| scope.parse().unwrap()).collect(),
        readers: vec!["ana".parse().unwrap()],
        current: versions.last().copied().unwrap_or_default(),
        versions: versions.iter().map(version).collect(),
        floor: 1,
    }
}
