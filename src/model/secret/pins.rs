//! What a rotation plan fixes about a value: somebody who may only write the value must not choose where a hook logs in,
//! or whose password is set.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::value::RawValue;

use super::terms::RotationTerms;
use crate::model::hook::{HookName, Strategy};
use crate::model::json::{EveryMember, leaves};
use crate::model::value::SecretValue;

/// Members that say where a hook connects to.
const PLACE: [&str; 4] = ["engine", "host", "port", "ssl"];
/// The member that says whose password is set.
const USER: &str = "username";
/// The member that says in which database.
const DATABASE: &str = "dbname";
/// The suffix of the second one of two users.
const CLONE: &str = "_clone";

/// Members of a JSON value, and the texts that each may have. One without any must not be there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pins(pub BTreeMap<String, BTreeSet<String>>);

impl Pins {
    /// Whether a value is pinned: a strategy that connects to nothing needs no pins.
    pub(crate) fn are_needed(terms: &RotationTerms) -> bool {
        terms.hook != HookName::Builtin(Strategy::Random)
    }

    /// What `value` says now. A user name matters only to an administrator.
    pub(crate) fn of(value: Option<&SecretValue>, terms: &RotationTerms) -> Pins {
        if !Pins::are_needed(terms) {
            return Pins::default();
        }
        let members = value.map(members).unwrap_or_default();
        let said = |name: &str| -> BTreeSet<String> {
            let own = members.iter().filter(|(member, _)| member.eq_ignore_ascii_case(name));
            own.filter_map(|(_, value)| text(value)).map(Cow::into_owned).collect()
        };
        let mut pins: BTreeMap<_, _> = PLACE.into_iter().map(|name| (name.to_owned(), said(name))).collect();
        if terms.admin.is_some() {
            let users = said(USER).iter().flat_map(|user| [user.clone(), other_user(user)]).collect();
            pins.insert(USER.to_owned(), users);
        }
        Pins(pins)
    }

    /// The first member that is different in a value, if there is one. Programs read a name that occurs twice, or in
    /// other letters, in different ways, so each occurrence has to fit.
    pub(crate) fn violated_by(&self, value: &SecretValue) -> Option<&str> {
        if self.0.is_empty() {
            return None;
        }
        let members = members(value);
        let is_violated = |(name, allowed): &(&String, &BTreeSet<String>)| {
            let mut own = members.iter().filter(|(member, _)| member.eq_ignore_ascii_case(name)).peekable();
            let is_absent = own.peek().is_none();
            let fits = |(_, value): &(String, &RawValue)| match text(value) {
                Some(text) => allowed.contains(&*text),
                None => allowed.is_empty(),
            };
            if is_absent { !allowed.is_empty() } else { !own.all(fits) }
        };
        self.0.iter().find(is_violated).map(|(name, _)| name.as_str())
    }
}

/// The user and host names, engines and databases of logins, which messages may say. A text that is also something else in
/// one of the values is left out: it may be the password.
pub(crate) fn open_texts<'v>(values: impl Iterator<Item = &'v SecretValue>) -> BTreeSet<String> {
    let (mut open, mut secret) = (BTreeSet::new(), Vec::new());
    for (name, value) in values.flat_map(members) {
        let is_open = [&PLACE[..], &[USER, DATABASE]].concat().iter().any(|it| name.eq_ignore_ascii_case(it));
        match text(value).filter(|_| is_open) {
            Some(text) => drop(open.insert(text.into_owned())),
            None => secret.extend(leaves::of(value.get().as_bytes())),
        }
    }
    open.retain(|text| !secret.iter().any(|leaf| leaf.as_slice() == text.as_bytes()));
    open
}

/// The other one of two users that alternate.
fn other_user(user: &str) -> String {
    user.strip_suffix(CLONE).map_or_else(|| format!("{user}{CLONE}"), str::to_owned)
}

/// The members of a value that is a JSON object, text or binary, in their order; none of any other value.
fn members(value: &SecretValue) -> Vec<(String, &RawValue)> {
    serde_json::from_slice(value.reveal()).map(|EveryMember(members)| members).unwrap_or_default()
}

/// What a member says: a string, or a number or flag as it is written. `None` for `null`.
fn text(value: &RawValue) -> Option<Cow<'_, str>> {
    match value.get() {
        "null" => None,
        quoted if quoted.starts_with('"') => serde_json::from_str::<String>(quoted).ok().map(Cow::Owned),
        other => Some(Cow::Borrowed(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_open_unless_they_are_a_password_too() {
        let value = |text: &str| SecretValue::from_text(text.into());
        let login =
            value(r#"{"username":"shop","password":"hunter2","host":"db.internal","dbname":"orders","x":["orders"]}"#);
        let admin = value(r#"{"username":"root","password":"root"}"#);
        let open = open_texts([&login, &admin, &value("shop"), &value("[1]")].into_iter());
        assert_eq!(open.iter().map(String::as_str).collect::<Vec<_>>(), ["db.internal", "shop"]);
    }

    fn value(text: &str) -> SecretValue {
        SecretValue::from_text(text.to_owned())
    }

    fn pins(hook: &str, admin: Option<&str>, text: &str) -> Pins {
        let admin = admin.map(|name| name.parse().unwrap());
        let terms = RotationTerms { hook: hook.parse().unwrap(), admin, options: BTreeMap::new(), rules: None };
        Pins::of(Some(&value(text)), &terms)
    }

    const LOGIN: &str = r#"{"engine":"postgres","host":"db","port":5432,"username":"app","password":"p"}"#;

    #[test]
    fn a_value_for_another_place_is_noticed() {
        let pins = pins("builtin:postgres", None, LOGIN);
        assert_eq!(pins.violated_by(&value(LOGIN)), None);
        assert_eq!(pins.violated_by(&value(&LOGIN.replace("\"app\"", "\"other\""))), None, "nobody sets its password");
        for (from, to, member) in [
            ("\"db\"", "\"evil\"", "host"),
            ("5432", "6666", "port"),
            ("5432", "\"5432x\"", "port"),
            ("\"postgres\"", "\"mysql\"", "engine"),
            ("\"password\"", "\"ssl\":false,\"password\"", "ssl"),
            ("\"host\":\"db\",", "", "host"),
            ("\"password\"", "\"host\":\"evil\",\"password\"", "host"),
            ("\"password\"", "\"HOST\":\"evil\",\"password\"", "host"),
            ("\"host\"", "\"ho\\u0073t\":\"evil\",\"host\"", "host"),
            ("\"db\"", "[\"db\"]", "host"),
            ("\"db\"", "null", "host"),
        ] {
            assert_eq!(pins.violated_by(&value(&LOGIN.replace(from, to))), Some(member), "{to}");
        }
        assert_eq!(pins.violated_by(&value("no object")), Some("engine"));
        assert_eq!(pins.violated_by(&value(&LOGIN.replace("\"db\"", "\"d\\u0062\""))), None, "it says the same");
    }

    #[test]
    fn an_administrator_sets_the_password_of_two_users_only() {
        let pins = pins("builtin:postgres", Some("prod/admin"), LOGIN);
        for (user, other) in [("app", None), ("app_clone", None), ("root", Some("username")), ("", Some("username"))] {
            assert_eq!(pins.violated_by(&value(&LOGIN.replace("\"app\"", &format!("{user:?}")))), other, "{user}");
        }
        assert_eq!(other_user("app_clone"), "app");
    }

    #[test]
    fn what_was_not_there_must_not_come() {
        let pins = pins("rotate.sh", Some("prod/admin"), "a token");
        assert_eq!(pins.violated_by(&value("another token")), None);
        assert_eq!(pins.violated_by(&value(r#"{"password":"p","host":null}"#)), None);
        assert_eq!(pins.violated_by(&value(r#"{"a":1,"a":2,"host":"evil"}"#)), Some("host"));
        assert_eq!(pins.violated_by(&value(r#"{"username":"root"}"#)), Some("username"));
    }

    #[test]
    fn a_strategy_that_connects_to_nothing_has_no_pins() {
        assert_eq!(pins("builtin:random", None, LOGIN), Pins::default());
    }
}
