//! The id of a version of a secret, or a prefix of one, as users type it.

use std::str::FromStr;

use super::error::SecretError;
use super::secret::{Secret, SecretVersion};
use super::stage::Stage;
use super::version_id::VersionId;
use crate::model::written::shown_as_text;

/// The minimum length of a prefix: random ids rarely share one of this length.
const SHORTEST: usize = 8;

/// At least eight characters with which the id of a version begins. Which version it is, [`Secret::resolve`] says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionPrefix(String);

/// A text that cannot be the prefix of an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a version id or its prefix must have {SHORTEST} to 64 characters without spaces")]
pub struct VersionPrefixError;

impl FromStr for VersionPrefix {
    type Err = VersionPrefixError;

    fn from_str(text: &str) -> Result<Self, VersionPrefixError> {
        let fits = (SHORTEST..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(VersionPrefix(text.to_owned())) } else { Err(VersionPrefixError) }
    }
}

shown_as_text!(VersionPrefix);

impl Secret {
    /// The version selected by the prefix of an id, a stage, both, or neither (AWSCURRENT).
    pub(crate) fn pick(
        &self,
        prefix: Option<&VersionPrefix>,
        stage: Option<&Stage>,
    ) -> Result<&SecretVersion, SecretError> {
        let id = prefix.map(|prefix| self.resolve(prefix)).transpose()?;
        self.select(id.as_ref(), stage)
    }

    /// The only version whose id begins with this. A whole id matches itself, even if a longer one begins with it.
    pub(crate) fn resolve(&self, prefix: &VersionPrefix) -> Result<VersionId, SecretError> {
        let ids = || self.versions.iter().map(SecretVersion::id);
        if let Some(whole) = ids().find(|id| id.as_str() == prefix.as_str()) {
            return Ok(whole);
        }
        let mut found = ids().filter(|id| id.as_str().starts_with(&prefix.0));
        match (found.next(), found.next()) {
            (Some(id), None) => Ok(id),
            (None, _) => Err(SecretError::PrefixNotFound(prefix.0.clone())),
            (Some(_), Some(_)) => Err(SecretError::PrefixAmbiguous(prefix.0.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::*;
    use super::*;
    use crate::model::id::Uid;

    fn resolved(secret: &Secret, text: &str) -> Result<VersionId, SecretError> {
        secret.resolve(&text.parse().unwrap())
    }

    #[test]
    fn a_beginning_names_the_only_version_it_fits() {
        let mut secret = secret();
        put(&mut secret, 1, None);
        put(&mut secret, 2, None);
        assert_eq!(resolved(&secret, "01010101"), Ok(id(1)));
        assert_eq!(resolved(&secret, id(2).as_str()), Ok(id(2)));
        assert_eq!(resolved(&secret, "03030303"), Err(SecretError::PrefixNotFound("03030303".into())));
    }

    #[test]
    fn a_beginning_of_two_is_refused_but_a_whole_id_is_not() {
        let mut secret = secret();
        let whole = "x".repeat(32);
        for (number, token) in [(1, whole.clone()), (2, format!("{whole}y"))] {
            let mut version = version(number);
            version.token = Some(token.parse().unwrap());
            version.uid = Uid([number; 16]);
            secret.put(version, None, at()).unwrap();
        }
        assert_eq!(resolved(&secret, "xxxxxxxx"), Err(SecretError::PrefixAmbiguous("xxxxxxxx".into())));
        assert_eq!(resolved(&secret, &whole).unwrap().as_str(), whole);
    }

    #[test]
    fn less_than_eight_characters_are_refused() {
        for bad in ["", "0101010", "0101 0101", &"x".repeat(65)] {
            assert!(bad.parse::<VersionPrefix>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_beginning_and_a_stage_pick_one_version_together() {
        let mut secret = secret();
        put(&mut secret, 1, None);
        put(&mut secret, 2, None);
        let picked = |prefix: &str, stage: &str| {
            let (prefix, stage) = (prefix.parse().ok(), stage.parse().ok());
            secret.pick(prefix.as_ref(), stage.as_ref()).map(SecretVersion::id)
        };
        assert_eq!(
            (picked("", ""), picked("", "AWSPREVIOUS"), picked("01010101", "")),
            (Ok(id(2)), Ok(id(1)), Ok(id(1)))
        );
        assert!(matches!(picked("01010101", "AWSCURRENT"), Err(SecretError::StageElsewhere { .. })));
        assert!(matches!(picked("09090909", "AWSCURRENT"), Err(SecretError::PrefixNotFound(_))));
    }
}
