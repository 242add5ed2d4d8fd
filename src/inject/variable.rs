//! Names of environment variables, and how the name of a parameter becomes one.

use std::fmt;
use std::str::FromStr;

use super::forbidden::{self, Danger};

/// A name of an environment variable: letters, digits and `_`, not beginning with a digit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Variable(String);

/// A text that cannot name a variable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a variable name consists of letters, digits and `_`, and does not begin with a digit")]
pub struct VariableError;

/// `--name-style`: how the name of a parameter, relative to the requested path, becomes a variable.
///
/// In every style a character that is not allowed in a variable becomes `_`, and a leading digit gets a `_` before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum NameStyle {
    /// `db/password` is `DB_PASSWORD`.
    #[default]
    Upper,
    /// `db/Password` is `db_Password`.
    Keep,
    /// `db/password` is `PASSWORD`: the last component alone.
    Last,
}

impl Variable {
    /// The variable for a relative name such as `db/password`. `prefix` is put before it as it is (`APP_`), after the
    /// same replacement of characters.
    pub(crate) fn from_name(relative: &str, style: NameStyle, prefix: &str) -> Result<Self, VariableError> {
        let relative = relative.trim_matches('/');
        let spelled = match style {
            NameStyle::Upper => relative.to_ascii_uppercase(),
            NameStyle::Keep => relative.to_owned(),
            NameStyle::Last => relative.rsplit('/').next().unwrap_or(relative).to_ascii_uppercase(),
        };
        if spelled.is_empty() {
            return Err(VariableError);
        }
        let mut name: String = prefix.chars().chain(spelled.chars()).map(|c| if fits(c) { c } else { '_' }).collect();
        if name.starts_with(|c: char| c.is_ascii_digit()) {
            name.insert(0, '_');
        }
        Ok(Variable(name))
    }

    /// The name as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// What a program may do because of the variable, beyond reading it.
    pub(crate) fn danger(&self) -> Option<Danger> {
        forbidden::danger(&self.0)
    }
}

fn fits(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Variable {
    type Err = VariableError;

    fn from_str(text: &str) -> Result<Self, VariableError> {
        let good = !text.is_empty() && text.chars().all(fits) && !text.starts_with(|c: char| c.is_ascii_digit());
        if good { Ok(Variable(text.to_owned())) } else { Err(VariableError) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(relative: &str, style: NameStyle, prefix: &str) -> String {
        Variable::from_name(relative, style, prefix).unwrap().to_string()
    }

    #[test]
    fn each_style_has_its_spelling() {
        assert_eq!(name("db/password", NameStyle::Upper, ""), "DB_PASSWORD");
        assert_eq!(name("db/Pass-word.1", NameStyle::Keep, ""), "db_Pass_word_1");
        assert_eq!(name("db/password", NameStyle::Last, ""), "PASSWORD");
        assert_eq!(name("/db/password", NameStyle::Upper, "app-"), "app_DB_PASSWORD");
        assert_eq!(name("2fa/seed", NameStyle::Upper, ""), "_2FA_SEED");
        assert_eq!(name("2fa", NameStyle::Upper, "X"), "X2FA");
    }

    #[test]
    fn nothing_names_nothing() {
        assert_eq!(Variable::from_name("/", NameStyle::Upper, "APP_"), Err(VariableError));
        for bad in ["", "1A", "A=B", "A-B", "A\n", "Ä"] {
            assert!(bad.parse::<Variable>().is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_the_name_the_variable_is_one(relative in ".*", prefix in ".{0,3}") {
            for style in [NameStyle::Upper, NameStyle::Keep, NameStyle::Last] {
                if let Ok(variable) = Variable::from_name(&relative, style, &prefix) {
                    prop_assert!(variable.as_str().parse::<Variable>().is_ok(), "{}", variable);
                }
            }
        }
    }
}
