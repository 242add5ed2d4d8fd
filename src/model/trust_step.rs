//! What no snapshot of a trust chain may take back of the one before it.

use super::key::{Key, KeyState};
use super::name::{KeyName, MemberName};
use super::trust::Trust;

/// Something that a snapshot takes back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TakenBack {
    /// A key may be used from an older version on.
    #[error("it lowers the floor of the key `{0}`")]
    Floor(KeyName),
    /// A version of a key is missing, another one, or less tainted than before.
    #[error("it drops or changes a version of the key `{0}`")]
    Version(KeyName),
    /// A key is not listed any more.
    #[error("it drops the key `{0}`")]
    Key(KeyName),
    /// A removed member is not listed any more.
    #[error("it no longer lists `{0}` as removed")]
    Former(MemberName),
    /// Documents of older formats would be read again.
    #[error("it lowers the floor of the format")]
    Format,
}

/// What `after` takes back of `before`; `None` if nothing.
pub(crate) fn taken_back(before: &Trust, after: &Trust) -> Option<TakenBack> {
    if after.format_floor < before.format_floor || after.format < before.format {
        return Some(TakenBack::Format);
    }
    let keys = before.keys.iter().find_map(|key| key_taken_back(key, before, after));
    let former = || before.former.iter().find(|former| !after.former.contains(former));
    keys.or_else(|| former().map(|former| TakenBack::Former(former.name.clone())))
}

fn key_taken_back(key: &Key, before: &Trust, after: &Trust) -> Option<TakenBack> {
    let name = || key.name.clone();
    match after.keys.iter().find(|other| other.id == key.id) {
        Some(other) if before.format == after.format && other.floor < key.floor => Some(TakenBack::Floor(name())),
        // In format 1, the key's document lists its versions.
        Some(other) if before.format == after.format && !other.may_follow(key) => Some(TakenBack::Version(name())),
        Some(_) => None,
        None if matches!(key.state, KeyState::Deleting(end) if end <= after.created) => None,
        None => Some(TakenBack::Key(name())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::format::Format;
    use crate::model::id::KeyId;
    use crate::model::time::Timestamp;
    use crate::model::trust::Former;
    use crate::model::trust_sample::{key, trust};

    fn before() -> Trust {
        let second = Key { id: KeyId([1; 16]), floor: 3, ..key("prod", &[7, 8], &["parameter:/prod"]) };
        let former = Former { name: "bob".parse().unwrap(), fingerprint: [2; 8] };
        let first = Key { floor: 2, ..key("default", &[1], &["parameter:/"]) };
        Trust { former: vec![former], ..trust(vec![], vec![first, second]) }
    }

    #[test]
    fn what_goes_on_takes_nothing_back() {
        let mut after = before();
        assert_eq!(taken_back(&before(), &after), None);
        after.keys[0].floor = 5;
        after.keys[0].taint("known");
        after.keys[1].name = "renamed".parse().unwrap();
        after.keys.reverse();
        after.former.insert(0, Former { name: "bob".parse().unwrap(), fingerprint: [9; 8] });
        assert_eq!(taken_back(&before(), &after), None);
        let upgraded = Trust { keys: vec![key("default", &[1, 2], &[])], ..before() };
        let mut old = Trust { format: Format::V1, ..before() };
        old.keys.pop();
        assert_eq!(taken_back(&old, &upgraded), None, "the versions come from the key's document");
        assert_eq!(taken_back(&upgraded, &old), Some(TakenBack::Format));
    }

    #[test]
    fn floors_keys_versions_and_removed_members_stay() {
        let broken = |change: fn(&mut Trust)| {
            let mut after = before();
            change(&mut after);
            taken_back(&before(), &after).unwrap().to_string()
        };
        assert_eq!(broken(|it| it.keys[1].floor = 2), "it lowers the floor of the key `prod`");
        assert_eq!(broken(|it| drop(it.keys.remove(0))), "it drops the key `default`");
        assert_eq!(broken(|it| it.keys[0].id = KeyId([7; 16])), "it drops the key `default`");
        assert_eq!(broken(|it| drop(it.keys[1].versions.pop())), "it drops or changes a version of the key `prod`");
        assert_eq!(
            broken(|it| it.keys[1].versions[0].check = [9; 16]),
            "it drops or changes a version of the key `prod`"
        );
        assert_eq!(broken(|it| it.former.clear()), "it no longer lists `bob` as removed");
        assert_eq!(broken(|it| it.former[0].fingerprint = [3; 8]), "it no longer lists `bob` as removed");
        assert_eq!(broken(|it| it.format_floor = 0), "it lowers the floor of the format");
    }

    #[test]
    fn a_key_goes_when_its_time_is_up() {
        let mut deleting = before();
        deleting.keys[0].state = KeyState::Deleting(Timestamp::from_unix(5));
        let mut after = deleting.clone();
        after.keys.remove(0);
        let gone = |at| taken_back(&deleting, &Trust { created: Timestamp::from_unix(at), ..after.clone() });
        assert_eq!((gone(5), gone(4)), (None, Some(TakenBack::Key("default".parse().unwrap()))));
    }
}
