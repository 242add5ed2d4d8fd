//! Options of the strategies: texts that were configured for the hook.

use std::collections::BTreeMap;

use rand::rngs::OsRng;

use super::error::StrategyError;
use crate::model::hook::Strategy;
use crate::model::hook_options::HookOptions;
use crate::model::password::{Class, PasswordRules, Require};
use crate::model::value::SecretValue;

/// Those of passwords.
const PASSWORD: &str = "length=NUMBER, exclude_characters, exclude_lowercase=true|false, \
                        exclude_uppercase=true|false, exclude_numbers=true|false, exclude_punctuation=true|false, \
                        include_space=true|false, require_each=true|false";
/// Those of databases.
const DATABASE: &str = "users=single|alternating, clone=create, check, username_limit=NUMBER, \
                        tls=verify|insecure|off, sslrootcert=FILE";

/// The options of a strategy, as a hook declares its own (docs/hooks.md, Declared options). A service behind `http` gets
/// every option, so that it may have more.
pub(crate) fn declared(strategy: Strategy) -> HookOptions {
    HookOptions::of(&match strategy {
        Strategy::Random => format!("{PASSWORD}, key"),
        Strategy::Postgres => format!("{PASSWORD}, {DATABASE}, owner_role"),
        Strategy::Mysql => format!("{PASSWORD}, {DATABASE}"),
        Strategy::Http => "url!, tls=verify|insecure, sslrootcert=FILE, ...".to_owned(),
    })
}

/// The options of one call.
pub(super) type Options = BTreeMap<String, String>;

/// Which users of a server alternate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Users {
    /// One, whose password changes under it.
    Single,
    /// Two, `u` and `u_clone`: the previous password stays valid until the next rotation.
    Alternating,
}

/// What to do about a second user that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// Say so.
    Refuse,
    /// Create it with the privileges of the current user.
    Create,
}

/// `users=single` (the default) or `users=alternating`.
pub(super) fn users(options: &Options) -> Result<Users, StrategyError> {
    match options.get("users").map(String::as_str) {
        None | Some("single") => Ok(Users::Single),
        Some("alternating") => Ok(Users::Alternating),
        Some(_) => Err(StrategyError::Option { name: "users", wants: "must be `single` or `alternating`" }),
    }
}

/// `clone=create`, or not set.
pub(super) fn missing(options: &Options) -> Result<Missing, StrategyError> {
    match options.get("clone").map(String::as_str) {
        None => Ok(Missing::Refuse),
        Some("create") => Ok(Missing::Create),
        Some(_) => Err(StrategyError::Option { name: "clone", wants: "must be `create` or omitted" }),
    }
}

/// A positive number, where it is given.
pub(super) fn number(options: &Options, name: &'static str) -> Result<Option<usize>, StrategyError> {
    let wrong = StrategyError::Option { name, wants: "must be a number from 1 to 4096" };
    let Some(text) = options.get(name) else { return Ok(None) };
    text.parse().ok().filter(|number| (1..=4096).contains(number)).map(Some).ok_or(wrong)
}

/// A new password by `length`, `exclude_characters`, `exclude_lowercase`, `exclude_uppercase`, `exclude_numbers`,
/// `exclude_punctuation`, `include_space` and `require_each` (secrets-manager §9).
pub(super) fn new_password(options: &Options, exclude: &str) -> Result<SecretValue, StrategyError> {
    let mut rules = PasswordRules::default();
    if let Some(length) = number(options, "length")? {
        rules.length = length;
    }
    options.get("exclude_characters").map_or(exclude, String::as_str).clone_into(&mut rules.exclude);
    for (name, class) in [
        ("exclude_lowercase", Class::Lower),
        ("exclude_uppercase", Class::Upper),
        ("exclude_numbers", Class::Digits),
        ("exclude_punctuation", Class::Punctuation),
    ] {
        if flag(options, name)? == Some(true) {
            rules.classes.retain(|kept| *kept != class);
        }
    }
    if flag(options, "include_space")? == Some(true) {
        rules.classes.push(Class::Space);
    }
    if flag(options, "require_each")? == Some(false) {
        rules.require = Require::Nothing;
    }
    Ok(rules.spec()?.generate(&mut OsRng))
}

fn flag(options: &Options, name: &'static str) -> Result<Option<bool>, StrategyError> {
    match options.get(name).map(String::as_str) {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(StrategyError::Option { name, wants: "must be `true` or `false`" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(pairs: &[(&str, &str)]) -> Options {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn passwords_follow_the_options() {
        let by = |pairs: &[(&str, &str)], exclude| {
            new_password(&options(pairs), exclude).map(|password| password.reveal_text().unwrap().to_owned())
        };
        assert_eq!(by(&[], "").unwrap().len(), 32);
        let digits = [
            ("length", "40"),
            ("exclude_lowercase", "true"),
            ("exclude_uppercase", "true"),
            ("exclude_punctuation", "true"),
            ("exclude_numbers", "false"),
        ];
        assert!(by(&digits, "0").unwrap().bytes().all(|b| (b'1'..=b'9').contains(&b)));
        assert!(
            by(&[("exclude_characters", ""), digits[1], digits[2], digits[3], ("length", "400")], "0")
                .unwrap()
                .contains('0')
        );
        assert_eq!(by(&[("length", "1"), ("require_each", "false")], "").unwrap().len(), 1);
        for wrong in [("length", "0"), ("length", "x"), ("length", "4097"), ("require_each", "no"), ("length", "3")] {
            assert!(by(&[wrong], "").is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn words_that_are_not_known_are_refused() {
        assert_eq!(users(&options(&[])), Ok(Users::Single));
        assert_eq!(users(&options(&[("users", "alternating")])), Ok(Users::Alternating));
        assert!(users(&options(&[("users", "multi")])).is_err());
        assert!(missing(&options(&[("clone", "yes")])).is_err());
    }
}
