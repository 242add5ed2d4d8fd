//! What names a secret in a request: `SecretId` (secrets-manager §2).

use std::str::FromStr;

use crate::model::arn::{Arn, Suffix};
use crate::model::name::{NameError, SecretName};

/// One of the three ways to name a secret.
///
/// A full ARN is matched by its name and its suffix together. A partial one has no suffix and is matched by its name
/// alone, unless that ends in `-` and six letters or digits, which AWS reads as a suffix; such a secret is found by its
/// name or its full ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretId {
    /// The name.
    Name(SecretName),
    /// An ARN without a suffix.
    Partial(SecretName),
    /// An ARN with a suffix.
    Full(SecretName, Suffix),
}

/// Why a text does not name a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretIdError {
    /// An ARN of something else.
    #[error("the ARN is not one of a secret")]
    Arn,
    /// No name of a secret.
    #[error(transparent)]
    Name(#[from] NameError),
}

impl SecretId {
    /// The name that it leads to.
    pub fn name(&self) -> &SecretName {
        match self {
            SecretId::Name(name) | SecretId::Partial(name) | SecretId::Full(name, _) => name,
        }
    }

    /// Whether it matches a secret of that name with this suffix.
    pub fn means(&self, suffix: Suffix) -> bool {
        !matches!(self, SecretId::Full(_, other) if *other != suffix)
    }
}

impl FromStr for SecretId {
    type Err = SecretIdError;

    fn from_str(text: &str) -> Result<Self, SecretIdError> {
        if !text.starts_with("arn:") {
            return Ok(SecretId::Name(text.parse()?));
        }
        let named = Arn::parse(text).and_then(|arn| arn.secret()).ok_or(SecretIdError::Arn)?;
        Ok(match Suffix::split(named) {
            Some((name, suffix)) => SecretId::Full(name.parse()?, suffix),
            None => SecretId::Partial(named.parse()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::DocId;

    fn arn(named: &str) -> Result<SecretId, SecretIdError> {
        format!("arn:aws:secretsmanager:eu-west-1:123456789012:secret:{named}").parse()
    }

    #[test]
    fn a_secret_has_three_names() {
        let (name, suffix): (SecretName, _) = ("prod/db".parse().unwrap(), Suffix::of(DocId([7; 16])));
        assert_eq!("prod/db".parse(), Ok(SecretId::Name(name.clone())));
        assert_eq!(arn("prod/db"), Ok(SecretId::Partial(name.clone())));
        assert_eq!(arn(&format!("prod/db-{suffix}")), Ok(SecretId::Full(name.clone(), suffix)));
        for id in [SecretId::Name(name.clone()), SecretId::Partial(name.clone()), SecretId::Full(name.clone(), suffix)]
        {
            assert!(id.means(suffix) && *id.name() == name, "{id:?}");
        }
    }

    #[test]
    fn another_suffix_is_another_secret() {
        let Ok(id) = arn("prod/db-Ab12Cd") else { panic!() };
        assert!(!id.means(Suffix::of(DocId([7; 16]))));
        // The name's own end looks like a suffix, so the partial ARN is read as a full one.
        assert_eq!(arn("prod/db-Ab12Cd").unwrap().name().as_str(), "prod/db");
        assert_eq!("prod/db-Ab12Cd".parse::<SecretId>().unwrap().name().as_str(), "prod/db-Ab12Cd");
    }

    #[test]
    fn other_arns_and_bad_names_are_told_apart() {
        for other in ["arn:", "arn:aws:ssm:r:1:parameter/a", "arn:aws:secretsmanager:r:1:prod/db"] {
            assert_eq!(other.parse::<SecretId>(), Err(SecretIdError::Arn), "{other}");
        }
        assert_eq!(arn(""), Err(SecretIdError::Name(NameError::Empty)));
        assert!(matches!(arn("a b"), Err(SecretIdError::Name(NameError::Character { .. }))));
    }
}
