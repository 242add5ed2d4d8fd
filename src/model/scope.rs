//! Sets of names: what a key governs, and where a member may write (FORMAT.md, trust chain).

use std::fmt;
use std::str::FromStr;

use super::name::{NameError, check_secret_alphabet};
use super::written::{UnknownWord, words};

words! {
    /// The kinds of names that have values, in the words of documents and scopes.
    #[derive(Hash, PartialOrd, Ord)]
    pub enum Kind, UnknownWord {
        /// A parameter.
        Parameter = "parameter",
        /// A secret.
        Secret = "secret",
        /// A credential for the AWS-compatible server.
        Credential = "credential",
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
            Scope::Prefix { kind, prefix } => write!(f, "{kind}:{prefix}"),
        }
    }
}

/// A text that is not a scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// Neither `*`, `parameter:…`, `secret:…` nor `credential:…`.
    #[error("a scope must be `*`, `parameter:/PREFIX`, `secret:PREFIX` or `credential:`")]
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
            Some(("credential", prefix)) => (Kind::Credential, prefix),
            _ => return Err(ScopeError::Form),
        };
        check_secret_alphabet(prefix, "scope")?;
        Ok(Scope::Prefix { kind, prefix: prefix.to_owned() })
    }
}

#[cfg(test)]
mod tests {
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
        for good in [
            "*",
            "parameter:/",
            "parameter:/prod/",
            "secret:",
            "secret:prod/db",
            "credential:",
            "credential:AKIAABCDEFGHIJKLMNOP",
        ] {
            assert_eq!(good.parse::<Scope>().unwrap().to_string(), good);
        }
        for bad in ["", "parameter:prod", "key:/", "secret:a b", "**"] {
            assert!(bad.parse::<Scope>().is_err(), "{bad}");
        }
    }
}
