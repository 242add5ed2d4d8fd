//! A parameter: a named value with numbered, immutable versions, and labels that point to them (parameter-store §5,
//! §7).

use std::collections::{BTreeMap, BTreeSet};

use super::data_type::DataType;
use super::error::ParameterError;
use super::fired::FiredPolicies;
use super::label::Label;
use super::parameter_type::ParameterType;
use super::policy::{Policy, PolicyError, Rule};
use super::selector::Selector;
use super::tier::Tier;
use crate::model::head::Head;
use crate::model::id::{DocId, Uid};
use crate::model::name::{KeyName, MemberName, ParameterName};
use crate::model::sealed::Sealed;
use crate::model::tag::Tag;
use crate::model::time::Timestamp;

/// A parameter, or the tombstone of a deleted one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Id of the document.
    pub id: DocId,
    /// The name, as it was spelled at creation.
    pub name: ParameterName,
    /// Revision, time and author of the document.
    pub head: Head,
    /// Tags: of the parameter, not of a version.
    pub tags: BTreeMap<String, String>,
    /// What its policies have done.
    pub fired: FiredPolicies,
    /// Ascending by number; empty exactly when the parameter was deleted (a tombstone).
    pub versions: Vec<Version>,
}

/// One immutable version. Only its labels change afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its number, from 1, never used twice in a parameter's life.
    pub number: u64,
    /// Its unique id.
    pub uid: Uid,
    /// When it was written.
    pub created: Timestamp,
    /// Who wrote it.
    pub by: MemberName,
    /// All settings besides the value.
    pub settings: Settings,
    /// The value.
    pub content: Content,
    /// Re-encrypted from a tainted key version without being changed.
    pub exposed: bool,
    /// The labels of this version.
    pub labels: BTreeSet<Label>,
}

/// The settings of a version.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// Standard or Advanced.
    pub tier: Tier,
    /// How the value is checked.
    pub data_type: DataType,
    /// 0–1024 characters, not encrypted.
    pub description: String,
    /// 0–1024 characters, a regular expression; empty for none.
    pub allowed_pattern: String,
    /// At most ten.
    pub policies: Vec<Policy>,
}

/// A value as documents hold it.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// `String` or `StringList`: authenticated, not encrypted.
    Plain {
        /// Whether commas separate items.
        list: bool,
        /// The value.
        text: String,
    },
    /// `SecureString`.
    Sealed(Sealed),
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Content::Plain { .. } => "Plain(..)",
            Content::Sealed(_) => "Sealed(..)",
        })
    }
}

impl Content {
    /// The parameter type that a value of this form has.
    pub(crate) fn parameter_type(&self) -> ParameterType {
        match self {
            Content::Plain { list: false, .. } => ParameterType::String,
            Content::Plain { list: true, .. } => ParameterType::StringList,
            Content::Sealed(_) => ParameterType::SecureString,
        }
    }
}

impl Version {
    /// The type of its value.
    pub(crate) fn parameter_type(&self) -> ParameterType {
        self.content.parameter_type()
    }

    /// Name of the key that its value is sealed under; `None` for plain text.
    pub(crate) fn key(&self) -> Option<&KeyName> {
        match &self.content {
            Content::Sealed(sealed) => Some(&sealed.key.name),
            Content::Plain { .. } => None,
        }
    }
}

impl Parameter {
    /// Whether this is a tombstone.
    pub(crate) fn is_deleted(&self) -> bool {
        self.versions.is_empty()
    }

    /// The newest version; `None` for a tombstone.
    pub(crate) fn latest(&self) -> Option<&Version> {
        self.versions.last()
    }

    /// The version of that number.
    pub(crate) fn version(&self, number: u64) -> Option<&Version> {
        self.versions.iter().find(|version| version.number == number)
    }

    /// The version with that label; there is at most one.
    pub(crate) fn labelled(&self, label: &Label) -> Option<&Version> {
        self.versions.iter().find(|version| version.labels.contains(label))
    }

    /// The version before another one; `None` before the first.
    pub(crate) fn before(&self, version: &Version) -> Option<&Version> {
        self.versions.iter().rev().find(|other| other.number < version.number)
    }

    /// The selected version. It never falls back to another one.
    pub(crate) fn select(&self, selector: &Selector) -> Result<&Version, ParameterError> {
        let version = match selector {
            Selector::Latest => self.latest(),
            Selector::Version(number) => self.version(*number),
            Selector::Label(label) => self.labelled(label),
        };
        version.ok_or_else(|| ParameterError::VersionNotFound { selector: selector.clone() })
    }

    /// When this parameter expires, if a policy of the latest version says so.
    pub(crate) fn expires(&self) -> Option<Timestamp> {
        self.latest()?.settings.policies.iter().find_map(|policy| match policy.rule() {
            Rule::Expiration(at) => Some(at),
            _ => None,
        })
    }

    /// The instant at which this parameter has expired, if that is not after `now`.
    pub(crate) fn expired(&self, now: Timestamp) -> Option<Timestamp> {
        self.expires().filter(|at| *at <= now)
    }

    /// Whether the parameter can be used: not a tombstone, and not expired. An expired one counts as deleted, although
    /// its document stays until it is replaced.
    pub(crate) fn lives(&self, now: Timestamp) -> bool {
        !self.is_deleted() && self.expired(now).is_none()
    }

    /// An error if it has expired: a change must not produce something that nobody can read and that the next `tick`
    /// deletes.
    pub(crate) fn check_expiration(&self, now: Timestamp) -> Result<(), ParameterError> {
        self.expired(now).map_or(Ok(()), |at| Err(PolicyError::Past(at).into()))
    }

    /// Adds tags, or replaces those with the same keys: all of them, or none if one is invalid.
    pub(crate) fn tag(&mut self, tags: &BTreeMap<String, String>) -> Result<(), ParameterError> {
        if self.is_deleted() {
            return Err(ParameterError::Deleted);
        }
        self.tags = Tag::added(&self.tags, tags)?;
        Ok(())
    }

    /// Removes tags by key, and returns which existed.
    pub(crate) fn untag(&mut self, keys: &[String]) -> Vec<String> {
        keys.iter().filter(|key| self.tags.remove(*key).is_some()).cloned().collect()
    }

    /// Leaves a tombstone: no versions, no labels, no tags. The head stays, so that its revision continues.
    pub(crate) fn delete(&mut self) {
        self.versions.clear();
        self.tags.clear();
        self.fired.clear();
    }

    /// Drops what policies have done for versions that are gone.
    pub(crate) fn forget_gone(&mut self) {
        let versions = &self.versions;
        self.fired.retain(|fired, _| versions.iter().any(|version| version.uid == fired.version));
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn selecting_never_falls_back() {
        let mut parameter = sample::parameter(3);
        parameter.label(Some(2), &["live".into()]).unwrap();
        let number = |text: &str| {
            let selector = if text.is_empty() { Selector::Latest } else { text.parse().unwrap() };
            parameter.select(&selector).map(|version| version.number)
        };
        assert_eq!(number(""), Ok(3));
        assert_eq!(number("1"), Ok(1));
        assert_eq!(number("live"), Ok(2));
        for missing in ["4", "next"] {
            let selector = missing.parse().unwrap();
            assert_eq!(number(missing), Err(ParameterError::VersionNotFound { selector }));
        }
    }

    #[test]
    fn the_version_before_another_one_is_the_next_that_is_kept() {
        let mut parameter = sample::parameter(3);
        parameter.versions.remove(1);
        let before = |number| parameter.before(parameter.version(number).unwrap()).map(|version| version.number);
        assert_eq!((before(3), before(1)), (Some(1), None));
    }

    #[test]
    fn an_expiration_counts_from_its_instant_on() {
        let mut parameter = sample::parameter(1);
        assert_eq!(parameter.expires(), None);
        let at: Timestamp = "2027-01-31T00:00:00Z".parse().unwrap();
        parameter.versions[0].settings.policies = vec![Policy::new(Rule::Expiration(at))];
        assert_eq!(parameter.expires(), Some(at));
        assert_eq!(parameter.expired(Timestamp::from_unix(at.unix() - 1)), None);
        assert_eq!(parameter.expired(at), Some(at));
        let before = Timestamp::from_unix(at.unix() - 1);
        assert_eq!((parameter.lives(before), parameter.lives(at)), (true, false));
        assert_eq!(parameter.check_expiration(before), Ok(()));
        assert_eq!(parameter.check_expiration(at), Err(ParameterError::Policy(PolicyError::Past(at))));
        parameter.delete();
        assert!(!parameter.lives(before) && parameter.check_expiration(at).is_ok(), "a tombstone has nothing to lose");
    }

    #[test]
    fn tags_are_all_taken_or_none() {
        let tags = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        let mut parameter = sample::parameter(1);
        parameter.tag(&tags(&[("team", "payments"), ("env", "prod")])).unwrap();
        parameter.tag(&tags(&[("team", "search")])).unwrap();
        assert_eq!(parameter.tags, tags(&[("env", "prod"), ("team", "search")]));
        let before = parameter.clone();
        assert!(matches!(parameter.tag(&tags(&[("a", ""), ("aws:b", "")])), Err(ParameterError::Tag(_))));
        let many = (0..49).map(|n| (format!("k{n}"), String::new())).collect();
        assert!(matches!(parameter.tag(&many), Err(ParameterError::Tag(_))), "51 in all");
        assert_eq!(parameter, before);
        assert_eq!(parameter.untag(&["team".into(), "nothing".into()]), ["team"]);
        assert_eq!(parameter.tags, tags(&[("env", "prod")]));
    }

    #[test]
    fn a_tombstone_keeps_nothing_but_its_head() {
        let mut parameter = sample::parameter(2);
        parameter.head.rev = 7;
        parameter.tags.insert("team".into(), "payments".into());
        parameter.delete();
        assert!(parameter.is_deleted() && parameter.tags.is_empty() && parameter.latest().is_none());
        assert_eq!(parameter.head.rev, 7);
        assert_eq!(parameter.tag(&BTreeMap::new()), Err(ParameterError::Deleted));
    }
}
