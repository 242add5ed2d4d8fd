//! What no snapshot of a trust chain may take back of the one before it.

use super::name::{KeyName, MemberName};
use super::trust::Trust;

/// Something that a snapshot takes back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TakenBack {
    /// A key may be used from an older version on.
    #[error("it lowers the floor of the key `{0}`")]
    Floor(KeyName),
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
    if after.format_floor < before.format_floor {
        return Some(TakenBack::Format);
    }
    let keys = before.keys.iter().find_map(|rule| match after.keys.iter().find(|other| other.id == rule.id) {
        Some(other) if other.floor < rule.floor => Some(TakenBack::Floor(rule.name.clone())),
        Some(_) => None,
        None => Some(TakenBack::Key(rule.name.clone())),
    });
    let former = || before.former.iter().find(|former| !after.former.contains(former));
    keys.or_else(|| former().map(|former| TakenBack::Former(former.name.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::KeyId;
    use crate::model::trust::{Former, KeyRule};
    use crate::model::trust_sample::{rule, trust};

    fn before() -> Trust {
        let second = KeyRule { id: KeyId([1; 16]), ..rule("prod", 3, &["parameter:/prod"]) };
        let former = Former { name: "bob".parse().unwrap(), fingerprint: [2; 8] };
        Trust { former: vec![former], ..trust(vec![], vec![rule("default", 2, &["parameter:/"]), second]) }
    }

    #[test]
    fn what_goes_on_takes_nothing_back() {
        let mut after = before();
        assert_eq!(taken_back(&before(), &after), None);
        after.keys[0].floor = 5;
        after.keys[1].name = "renamed".parse().unwrap();
        after.keys.reverse();
        after.former.insert(0, Former { name: "bob".parse().unwrap(), fingerprint: [9; 8] });
        assert_eq!(taken_back(&before(), &after), None);
    }

    #[test]
    fn floors_keys_and_removed_members_stay() {
        let broken = |change: fn(&mut Trust)| {
            let mut after = before();
            change(&mut after);
            taken_back(&before(), &after).unwrap().to_string()
        };
        assert_eq!(broken(|it| it.keys[1].floor = 2), "it lowers the floor of the key `prod`");
        assert_eq!(broken(|it| drop(it.keys.remove(0))), "it drops the key `default`");
        assert_eq!(broken(|it| it.keys[0].id = KeyId([7; 16])), "it drops the key `default`");
        assert_eq!(broken(|it| it.former.clear()), "it no longer lists `bob` as removed");
        assert_eq!(broken(|it| it.former[0].fingerprint = [3; 8]), "it no longer lists `bob` as removed");
        assert_eq!(broken(|it| it.format_floor = 0), "it lowers the floor of the format");
    }
}
