//! References: texts that name one value of a vault (integrations §1–3).
//!
//! Three spellings mean the same thing. `{{resolve:…}}` is the one of CloudFormation, with labels added. `/app/x:3` and
//! `secret-id:json-key:stage:version-id` are those of build definitions. Of an ARN only the name is used: region and
//! account are ignored, because a vault is both.

use std::fmt;
use std::str::FromStr;

use super::arn::{Arn, Suffix};
use super::name::{NameError, ParameterName, SecretName};
use super::parameter::{ParameterRef, SelectorError};
use super::secret::{Stage, StageError, VersionPrefix, VersionPrefixError};

/// References in one text.
pub(crate) const REFERENCES_LIMIT: usize = 10_000;

/// A text that names one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// `ssm:NAME`, `ssm-secure:NAME`, `/NAME`.
    Parameter {
        /// Name and version or label.
        target: ParameterRef,
        /// `ssm-secure`: it must be a `SecureString`.
        must_be_secure: bool,
    },
    /// `secretsmanager:ID…`, `ID:KEY:STAGE:VERSION`.
    Secret(SecretRef),
}

/// A secret's name, with the requested part and version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRef {
    /// The name.
    pub name: SecretName,
    /// For an ARN: the name without the six random characters that AWS appends. It is tried if `name` does not exist.
    pub without_suffix: Option<SecretName>,
    /// One member of a JSON value.
    pub json_key: Option<String>,
    /// Which version.
    pub pick: Pick,
}

/// Selects a version of a secret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Pick {
    /// The one staged AWSCURRENT.
    #[default]
    Current,
    /// The one with that stage.
    Stage(Stage),
    /// The one whose id begins with this.
    Version(VersionPrefix),
}

/// Why a text is not a reference. Parts of the text are not repeated here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// One more than a text can have.
    #[error("a text can have at most {} references", REFERENCES_LIMIT)]
    TooMany,
    /// None of the three services.
    #[error("a reference must begin with `ssm:`, `ssm-secure:` or `secretsmanager:`")]
    Service,
    /// No name for a secret.
    #[error(transparent)]
    Name(#[from] NameError),
    /// No name, version or label for a parameter.
    #[error(transparent)]
    Selector(#[from] SelectorError),
    /// No stage.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// No id of a version.
    #[error(transparent)]
    Version(#[from] VersionPrefixError),
    /// Both ways to choose a version.
    #[error("a reference names a stage or a version id, not both")]
    StageAndVersion,
    /// More colons than the grammar has.
    #[error("too many parts; a secret is `ID:JSON_KEY:STAGE:VERSION_ID`")]
    Parts,
    /// Something other than `SecretString`.
    #[error("after the secret's id comes `SecretString`, and then a JSON key")]
    SecretString,
    /// An ARN of something else.
    #[error("the ARN is neither one of a secret nor one of a parameter")]
    Arn,
    /// No `}}` on the same line.
    #[error("`{{{{resolve:` has no `}}}}` on its line; write `\\{{{{resolve:` for the text itself")]
    Unterminated,
}

impl Reference {
    /// Parses the text between `{{resolve:` and `}}`.
    pub(crate) fn dynamic(text: &str) -> Result<Self, ReferenceError> {
        let (service, rest) = text.split_once(':').ok_or(ReferenceError::Service)?;
        match service {
            "ssm" | "ssm-secure" => {
                let target = parameter(rest)?;
                Ok(Reference::Parameter { target, must_be_secure: service == "ssm-secure" })
            }
            "secretsmanager" => {
                let (id, rest) = Id::split(rest)?;
                let ("" | "SecretString", rest) = rest.split_once(':').unwrap_or((rest, "")) else {
                    return Err(ReferenceError::SecretString);
                };
                Ok(Reference::Secret(id.with(rest)?))
            }
            _ => Err(ReferenceError::Service),
        }
    }

    /// Reads the name of a parameter, bare or as an ARN, with a version or label.
    pub(crate) fn parameter(text: &str) -> Result<Self, ReferenceError> {
        Ok(Reference::Parameter { target: parameter(text)?, must_be_secure: false })
    }

    /// Reads `secret-id:json-key:stage:version-id`, every part after the first optional.
    pub(crate) fn secret(text: &str) -> Result<Self, ReferenceError> {
        Ok(Reference::Secret(text.parse()?))
    }

    /// Whether the text is the ARN of a secret.
    pub(crate) fn is_secret_arn(text: &str) -> bool {
        Arn::parse(text).is_some_and(|arn| arn.is_secret())
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    /// Reads a reference without braces: a leading slash means a parameter, anything else a secret; `secret:` may
    /// precede a secret, and both may be ARNs.
    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        match Arn::parse(text).map(|arn| arn.service) {
            Some("ssm") => Self::parameter(text),
            Some("secretsmanager") => Self::secret(text),
            Some(_) => Err(ReferenceError::Arn),
            None if text.starts_with('/') => Self::parameter(text),
            None => Self::secret(text.strip_prefix("secret:").unwrap_or(text)),
        }
    }
}

impl From<SecretName> for SecretRef {
    fn from(name: SecretName) -> Self {
        SecretRef { name, without_suffix: None, json_key: None, pick: Pick::Current }
    }
}

impl FromStr for SecretRef {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let (id, rest) = Id::split(text)?;
        id.with(rest)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reference::Parameter { target, must_be_secure: false } => write!(f, "ssm:{target}"),
            Reference::Parameter { target, must_be_secure: true } => write!(f, "ssm-secure:{target}"),
            Reference::Secret(secret) => {
                let key = secret.json_key.as_deref().unwrap_or_default();
                let text = match &secret.pick {
                    Pick::Current => format!("{}:SecretString:{key}::", secret.name),
                    Pick::Stage(stage) => format!("{}:SecretString:{key}:{stage}:", secret.name),
                    Pick::Version(id) => format!("{}:SecretString:{key}::{id}", secret.name),
                };
                write!(f, "secretsmanager:{}", text.trim_end_matches(':').trim_end_matches(":SecretString"))
            }
        }
    }
}

/// Reads the name of a parameter without a version, bare or as an ARN.
pub(crate) fn parameter_name(text: &str) -> Result<ParameterName, ReferenceError> {
    Ok(parameter_text(text)?.parse()?)
}

/// The text that names a parameter, taken out of an ARN.
fn parameter_text(text: &str) -> Result<&str, ReferenceError> {
    if is_arn(text) { Arn::parse(text).and_then(|arn| arn.parameter()).ok_or(ReferenceError::Arn) } else { Ok(text) }
}

/// No name begins like this.
fn is_arn(text: &str) -> bool {
    text.starts_with("arn:")
}

/// Reads the name of a secret, bare or as an ARN, in full or without the six characters at its end.
pub(crate) fn secret(text: &str) -> Result<SecretRef, ReferenceError> {
    if !is_arn(text) {
        return Ok(text.parse::<SecretName>()?.into());
    }
    Arn::parse(text).ok_or(ReferenceError::Arn)?;
    let (id, rest) = Id::split(text)?;
    if rest.is_empty() { id.with(rest) } else { Err(ReferenceError::Parts) }
}

/// Reads the name of a parameter with a version or label, bare or as an ARN.
pub(crate) fn parameter(text: &str) -> Result<ParameterRef, ReferenceError> {
    Ok(parameter_text(text)?.parse()?)
}

/// The id of a secret, before its other parts are known.
struct Id {
    name: SecretName,
    without_suffix: Option<SecretName>,
}

impl Id {
    /// The id at the beginning, and what follows its colon.
    fn split(text: &str) -> Result<(Self, &str), ReferenceError> {
        let Some(arn) = Arn::parse(text) else {
            let (name, rest) = text.split_once(':').unwrap_or((text, ""));
            return Ok((Id { name: name.parse()?, without_suffix: None }, rest));
        };
        let resource = arn.secret().ok_or(ReferenceError::Arn)?;
        let (name, rest) = resource.split_once(':').unwrap_or((resource, ""));
        let bare = Suffix::split(name).map(|(bare, _)| bare);
        Ok((Id { name: name.parse()?, without_suffix: bare.and_then(|bare| bare.parse().ok()) }, rest))
    }

    /// Adds `json-key:stage:version-id`.
    fn with(self, rest: &str) -> Result<SecretRef, ReferenceError> {
        let mut parts = rest.split(':');
        let mut next = || parts.next().filter(|part| !part.is_empty());
        let (key, stage, version) = (next(), next(), next());
        if parts.next().is_some() {
            return Err(ReferenceError::Parts);
        }
        let pick = match (stage, version) {
            (None, None) => Pick::Current,
            (Some(stage), None) => Pick::Stage(stage.parse()?),
            (None, Some(version)) => Pick::Version(version.parse()?),
            (Some(_), Some(_)) => return Err(ReferenceError::StageAndVersion),
        };
        let Id { name, without_suffix } = self;
        Ok(SecretRef { name, without_suffix, json_key: key.map(str::to_owned), pick })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(reference: Result<Reference, ReferenceError>) -> String {
        reference.map_or_else(|error| format!("! {error:?}"), |reference| reference.to_string())
    }

    #[test]
    fn dynamic_references_of_cloudformation_are_read() {
        for text in ["ssm:/a/b", "ssm:/a/b:3", "ssm-secure:/a:live", "secretsmanager:prod/db"] {
            assert_eq!(shown(Reference::dynamic(text)), text);
        }
        for (text, expected) in [
            ("secretsmanager:db::::", "secretsmanager:db"),
            ("secretsmanager:db:SecretString", "secretsmanager:db"),
            ("secretsmanager:db:SecretString:password", "secretsmanager:db:SecretString:password"),
            ("secretsmanager:db:SecretString:p:AWSPREVIOUS", "secretsmanager:db:SecretString:p:AWSPREVIOUS"),
            ("secretsmanager:db:SecretString:::01234567", "secretsmanager:db:SecretString:::01234567"),
            (
                "secretsmanager:arn:aws:secretsmanager:eu-west-1:1:secret:db:SecretString:p",
                "secretsmanager:db:SecretString:p",
            ),
        ] {
            assert_eq!(shown(Reference::dynamic(text)), expected);
        }
    }

    #[test]
    fn what_is_wrong_is_told_apart() {
        for (text, expected) in [
            ("", ReferenceError::Service),
            ("s3:x", ReferenceError::Service),
            ("ssm:", ReferenceError::Selector(SelectorError::Name(NameError::Empty))),
            ("ssm:/a:0", ReferenceError::Selector(SelectorError::Number)),
            ("secretsmanager:", ReferenceError::Name(NameError::Empty)),
            ("secretsmanager:db:SecretBinary", ReferenceError::SecretString),
            ("secretsmanager:db:SecretString:k:AWSCURRENT:01234567", ReferenceError::StageAndVersion),
            ("secretsmanager:db:SecretString:k:::x", ReferenceError::Parts),
            ("secretsmanager:db:SecretString:k::short", ReferenceError::Version(VersionPrefixError)),
            ("secretsmanager:arn:aws:ssm:r:1:parameter/x", ReferenceError::Arn),
            ("ssm:arn:aws:ssm:r:1:document/x", ReferenceError::Arn),
        ] {
            assert_eq!(Reference::dynamic(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn references_of_build_and_container_definitions_are_read() {
        for (text, expected) in [
            ("/a/b:2", "ssm:/a/b:2"),
            ("db", "secretsmanager:db"),
            ("secret:db:password", "secretsmanager:db:SecretString:password"),
            ("db::AWSPREVIOUS:", "secretsmanager:db:SecretString::AWSPREVIOUS"),
            ("arn:aws:ssm:eu-west-1:1:parameter/a/b", "ssm:/a/b"),
            ("arn:aws:secretsmanager:eu-west-1:1:secret:db-AbCdEf:k::", "secretsmanager:db-AbCdEf:SecretString:k"),
        ] {
            assert_eq!(shown(text.parse()), expected);
        }
        let Ok(Reference::Secret(secret)) = "arn:aws:secretsmanager:r:1:secret:a/db-AbCdEf".parse() else { panic!() };
        assert_eq!(secret.without_suffix, Some("a/db".parse().unwrap()));
        assert_eq!("arn:aws:s3:r:1:x".parse::<Reference>(), Err(ReferenceError::Arn));
    }

    proptest! {
        #[test]
        fn no_text_is_a_panic(text in "(arn:|ssm:|secretsmanager:|secret:|/)?[-a-zA-Z0-9:/_.{}é ]{0,40}") {
            let _ = Reference::dynamic(&text);
            let _ = text.parse::<Reference>();
        }

        #[test]
        fn what_is_shown_is_read_as_the_same(text in "(ssm|ssm-secure|secretsmanager):[a-z]{1,8}(:SecretString:[a-z]{0,5}:[A-Z]{0,5})?") {
            if let Ok(reference) = Reference::dynamic(&text) {
                prop_assert_eq!(Reference::dynamic(&reference.to_string()), Ok(reference));
            }
        }
    }
}
