//! Names: of parameters, secrets, members and keys. Once parsed, a name is always valid.

use std::str::FromStr;

pub use super::name_error::NameError;
use super::written::shown_as_text;

/// A parameter's name, in the spelling it was created with (parameter-store §2).
///
/// `/x` and `x` name one and the same parameter; deeper names have the slash form only.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParameterName(String);

/// A secret's name (secrets-manager §2): 1–512 characters of `[A-Za-z0-9/_+=.@-]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SecretName(String);

/// A member's name: `[a-z0-9][a-z0-9._@-]{0,63}` (FORMAT.md, trust chain).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MemberName(String);

/// A key's name, in the form of a member's name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyName(String);

/// The name of a rule for events, in the form of a member's name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleName(String);

/// A place in the hierarchy of parameters: `/` or `/app/prod`, without a trailing slash otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParameterPath(String);

/// The longest parameter name. AWS counts 1011 characters with an ARN prefix; here the name alone counts.
const PARAMETER_NAME_LIMIT: usize = 1011;
const LEVELS_LIMIT: usize = 15;

shown_as_text!(ParameterName, ParameterPath, SecretName, MemberName, KeyName, RuleName);

impl ParameterName {
    /// The levels from the root down, without slashes.
    pub fn levels(&self) -> impl Iterator<Item = &str> {
        self.0.trim_start_matches('/').split('/')
    }

    /// The other spelling of a name at the root: `/x` for `x`, `x` for `/x`; `None` for deeper names.
    pub fn twin(&self) -> Option<ParameterName> {
        match self.0.strip_prefix('/') {
            None => Some(ParameterName(format!("/{}", self.0))),
            Some(rest) if !rest.contains('/') => Some(ParameterName(rest.to_owned())),
            Some(_) => None,
        }
    }

    /// The name with its leading slash: one form for both spellings of a name at the root.
    pub fn rooted(&self) -> String {
        if self.0.starts_with('/') { self.0.clone() } else { format!("/{}", self.0) }
    }

    /// Whether the name is below `path`.
    pub fn is_below(&self, path: &ParameterPath) -> bool {
        self.below(path).is_some()
    }

    /// The name relative to `path`, or `None` if it is not below it. `/app` is not below `/app`.
    pub fn below<'a>(&'a self, path: &ParameterPath) -> Option<&'a str> {
        if path.is_root() {
            return Some(self.0.trim_start_matches('/'));
        }
        self.0.strip_prefix(path.as_str())?.strip_prefix('/')
    }
}

impl FromStr for ParameterName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let text = text.trim_matches(' ');
        if text.is_empty() || text == "/" {
            return Err(NameError::Empty);
        }
        check_path(text, "parameter name")?;
        let (first, levels) = levels_of(text)?;
        if is_reserved(first) {
            return Err(NameError::Reserved);
        }
        if levels > LEVELS_LIMIT {
            return Err(NameError::TooDeep(levels));
        }
        Ok(ParameterName(text.to_owned()))
    }
}

impl ParameterPath {
    /// The root, `/`.
    pub fn root() -> Self {
        ParameterPath("/".into())
    }

    /// Whether this is `/`.
    pub fn is_root(&self) -> bool {
        self.0 == "/"
    }

    /// The levels from the root down; none for the root.
    pub fn levels(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter(|level| !level.is_empty())
    }
}

impl FromStr for ParameterPath {
    type Err = NameError;

    /// Accepts a trailing slash and drops it.
    fn from_str(text: &str) -> Result<Self, NameError> {
        if !text.starts_with('/') {
            return Err(NameError::PathUnrooted);
        }
        if text == "/" {
            return Ok(ParameterPath::root());
        }
        let text = text.strip_suffix('/').unwrap_or(text);
        check_path(text, "path")?;
        let (_, levels) = levels_of(text)?;
        if levels > LEVELS_LIMIT {
            return Err(NameError::TooDeep(levels));
        }
        Ok(ParameterPath(text.to_owned()))
    }
}

impl FromStr for SecretName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        check_secret_alphabet(text, "secret name")?;
        check_length(text, "secret name", 512)?;
        Ok(SecretName(text.to_owned()))
    }
}

macro_rules! short_name {
    ($name:ident, $kind:literal) => {
        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                if text.is_empty() {
                    return Err(NameError::Empty);
                }
                let allowed = "lower-case letters, digits and (after the first) `.`, `_`, `@`, `-`";
                let mut first = true;
                check_alphabet(text, $kind, allowed, |c| {
                    let fits =
                        c.is_ascii_lowercase() || c.is_ascii_digit() || (!first && matches!(c, '.' | '_' | '@' | '-'));
                    first = false;
                    fits
                })?;
                check_length(text, $kind, 64)?;
                Ok($name(text.to_owned()))
            }
        }
    };
}

short_name!(MemberName, "member name");
short_name!(KeyName, "key name");
short_name!(RuleName, "rule name");

impl From<ParameterName> for String {
    fn from(name: ParameterName) -> String {
        name.0
    }
}

/// The first level, and how many there are.
fn levels_of(text: &str) -> Result<(&str, usize), NameError> {
    let rooted = text.strip_prefix('/');
    if rooted.is_none() && text.contains('/') {
        return Err(NameError::Unrooted);
    }
    let text = rooted.unwrap_or(text);
    if text.is_empty() || text.starts_with('/') || text.ends_with('/') || text.contains("//") {
        return Err(NameError::EmptyLevel);
    }
    let first = text.split('/').next().unwrap_or_default();
    Ok((first, text.bytes().filter(|byte| *byte == b'/').count() + 1))
}

/// Whether a name or a label begins with `aws` or `ssm`, in any case.
pub(super) fn is_reserved(text: &str) -> bool {
    let start = text.get(..3);
    start.is_some_and(|start| start.eq_ignore_ascii_case("aws") || start.eq_ignore_ascii_case("ssm"))
}

/// Refuses a character that no secret's name has.
pub(super) fn check_secret_alphabet(text: &str, kind: &'static str) -> Result<(), NameError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '+' | '=' | '.' | '@' | '-');
    check_alphabet(text, kind, "letters, digits and `/_+=.@-`", fits)
}

/// Refuses what can be neither a parameter's name nor the path to it.
fn check_path(text: &str, kind: &'static str) -> Result<(), NameError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
    check_alphabet(text, kind, "letters, digits, `.`, `-`, `_` and `/`", fits)?;
    check_length(text, kind, PARAMETER_NAME_LIMIT)
}

fn check_alphabet(
    text: &str,
    kind: &'static str,
    allowed: &'static str,
    mut fits: impl FnMut(char) -> bool,
) -> Result<(), NameError> {
    match text.chars().find(|&c| !fits(c)) {
        Some(found) => Err(NameError::Character { found, kind, allowed }),
        None => Ok(()),
    }
}

fn check_length(text: &str, kind: &'static str, limit: usize) -> Result<(), NameError> {
    if text.len() > limit { Err(NameError::TooLong { kind, limit, length: text.len() }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> NameError {
        text.parse::<ParameterName>().unwrap_err()
    }

    #[test]
    fn names_follow_the_rules_of_the_service() {
        for good in ["/a", "a", "/a/b.c/D-e_9", "/prod/aws-key", "/..", "/a/../b", "/A/a"] {
            assert_eq!(good.parse::<ParameterName>().unwrap().as_str(), good);
        }
        assert_eq!(error(""), NameError::Empty);
        assert_eq!(error("/"), NameError::Empty);
        assert_eq!(error("a/b"), NameError::Unrooted);
        assert_eq!(error("/a//b"), NameError::EmptyLevel);
        assert_eq!(error("/a/"), NameError::EmptyLevel);
        assert_eq!(error("/AWSfoo/x"), NameError::Reserved);
        assert_eq!(error("SSM-x"), NameError::Reserved);
        assert_eq!(error(&"/a".repeat(16)), NameError::TooDeep(16));
        assert!(matches!(error("/a b"), NameError::Character { found: ' ', .. }));
        assert!(matches!(error("/é"), NameError::Character { .. }));
        assert!(matches!(error(&format!("/{}", "a".repeat(1011))), NameError::TooLong { length: 1012, .. }));
        assert_eq!("  /a ".parse::<ParameterName>().unwrap().as_str(), "/a", "outer spaces are trimmed");
    }

    #[test]
    fn only_names_at_the_root_have_a_twin() {
        let name = |text: &str| text.parse::<ParameterName>().unwrap();
        assert_eq!(name("/x").twin(), Some(name("x")));
        assert_eq!(name("x").twin(), Some(name("/x")));
        assert_eq!(name("/x/y").twin(), None);
    }

    #[test]
    fn below_respects_component_borders() {
        let path: ParameterPath = "/app/prod/".parse().unwrap();
        let below = |text: &str| text.parse::<ParameterName>().unwrap().below(&path).map(str::to_owned);
        assert_eq!(below("/app/prod/db/host").as_deref(), Some("db/host"));
        assert_eq!(below("/app/production"), None);
        assert_eq!(below("/app/prod"), None);
    }

    #[test]
    fn members_begin_with_a_letter_or_digit() {
        assert!("ana.m@host-1".parse::<MemberName>().is_ok());
        for bad in ["", "-a", "Ana", ".a", "a b", &"a".repeat(65)] {
            assert!(bad.parse::<MemberName>().is_err(), "{bad}");
        }
    }
}
