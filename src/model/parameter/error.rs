//! Errors of the rules for parameters.

use super::data_type::DataType;
use super::label::{LABEL_LENGTH_LIMIT, LABELS_LIMIT};
use super::limits::{DESCRIPTION_LIMIT, VERSIONS_LIMIT};
use super::parameter_type::ParameterType;
use super::pattern::PatternError;
use super::policy::PolicyError;
use super::selector::Selector;
use super::tier::Tier;
use crate::model::fault::Fault;
use crate::model::mask::LOOKS_MASKED;
use crate::model::name::MemberName;
use crate::model::tag::TagError;

/// Why something cannot be done with a parameter. The caller knows which parameter it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// A put without `Overwrite::Replace` onto a parameter that exists.
    #[error("the parameter already exists")]
    AlreadyExists,
    /// A rename to a name that is in use.
    #[error("the parameter already exists")]
    Taken,
    /// The latest version is not the expected one; 0 stands for "does not exist".
    #[error("expected version {expected}, but the latest version is {actual}")]
    VersionMoved {
        /// What the caller had seen.
        expected: u64,
        /// What is there.
        actual: u64,
    },
    /// The parameter was deleted.
    #[error("the parameter was deleted")]
    Deleted,
    /// No version has that number or label.
    #[error("there is no {}", version_words(selector))]
    VersionNotFound {
        /// What was requested.
        selector: Selector,
    },
    /// A label to be moved or removed that is not there.
    #[error("{} the label {label}", .version.map_or("no version has".to_owned(), |version| format!("version {version} does not have")))]
    LabelNotFound {
        /// The label, or several.
        label: String,
        /// The version that was named, if one was.
        version: Option<u64>,
    },
    /// A creation that does not say which type.
    #[error("a type is required to create a parameter")]
    TypeRequired,
    /// A `SecureString` that would become plain text.
    #[error("the parameter is a SecureString, and as a {kind} the new value would not be encrypted")]
    Unsealing {
        /// The new type.
        kind: ParameterType,
    },
    /// A put without a type onto plain text that was a `SecureString` when the user last saw it.
    #[error("the parameter was a SecureString until `{by}` changed it, and the new value would not be encrypted")]
    Unsealed {
        /// Who signed the document as it is.
        by: MemberName,
    },
    /// A key for a value that is not encrypted.
    #[error("only a SecureString has a key, this is a {kind}")]
    KeyWithoutSealing {
        /// The parameter's type.
        kind: ParameterType,
    },
    /// No bytes at all.
    #[error("a value cannot be empty")]
    Empty,
    /// Bytes that are not UTF-8.
    #[error("the value of a parameter must be UTF-8 text")]
    NotText,
    /// A zero byte, which neither environment variables nor most programs can take.
    #[error("the value of a parameter cannot contain a NUL character")]
    NulInText,
    /// A placeholder that programs show instead of a value.
    #[error("{LOOKS_MASKED}")]
    LooksMasked,
    /// `{{` and later `}}`.
    #[error("a value cannot contain a template in double braces ({{{{…}}}})")]
    TemplateInValue,
    /// More bytes than the tier holds.
    #[error("the value has {actual} bytes, but the {} tier allows {limit}", tier.as_str())]
    TooLarge {
        /// How many bytes the tier holds.
        limit: usize,
        /// How many the value has.
        actual: usize,
        /// The tier.
        tier: Tier,
    },
    /// Standard requested for an Advanced parameter.
    #[error("a parameter of the Advanced tier cannot go back to Standard")]
    Downgrade,
    /// Something that the Standard tier does not have.
    #[error("{reason} needs the Advanced tier")]
    TierNeeded {
        /// What needs it, in words.
        reason: &'static str,
    },
    /// From or to a data type that cannot change.
    #[error("the data type cannot change from {from} to {to}")]
    DataTypeSwitch {
        /// What it is.
        from: DataType,
        /// What was requested.
        to: DataType,
    },
    /// A data type that this type of parameter cannot have.
    #[error("a {kind} cannot have the data type {data_type}")]
    DataTypeUnsuited {
        /// The data type.
        data_type: DataType,
        /// The parameter's type.
        kind: ParameterType,
    },
    /// A value that its data type does not accept.
    #[error("the value does not have the form of the data type {data_type}")]
    InvalidValueForDataType {
        /// The data type.
        data_type: DataType,
    },
    /// An invalid pattern.
    #[error(transparent)]
    PatternInvalid(#[from] PatternError),
    /// A value that the pattern does not match as a whole.
    #[error("the value does not match the allowed pattern {pattern:?}")]
    PatternMismatch {
        /// The pattern.
        pattern: String,
    },
    /// An overlong description.
    #[error("a description has at most {DESCRIPTION_LIMIT} characters, this one has {0}")]
    DescriptionTooLong(usize),
    /// A policy, or a set of policies, against the rules.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// A tag, or a set of tags, against the rules.
    #[error(transparent)]
    Tag(#[from] TagError),
    /// Tags in a put that overwrites.
    #[error("tags cannot be given when a parameter is overwritten")]
    TagsWithOverwrite,
    /// A label of a length that no label has: the whole call fails.
    #[error("a label has 1 to {LABEL_LENGTH_LIMIT} characters, this one has {0}")]
    LabelLength(usize),
    /// An invalid label, or several.
    #[error("{0:?} is not a label; a label begins with a letter, `_`, `.` or `-`, and not with `aws` or `ssm`")]
    LabelInvalid(String),
    /// More labels than a version can have.
    #[error("a version can have at most {LABELS_LIMIT} labels, this would be {0}")]
    TooManyLabels(usize),
    /// The oldest version would have to be removed, but has a label.
    #[error(
        "version {number}, the oldest of {VERSIONS_LIMIT}, would have to be removed, but it has a label; move the label first"
    )]
    MaxVersionsLabelled {
        /// The oldest version.
        number: u64,
    },
    /// Bringing back what has not expired.
    #[error("it has not expired")]
    NotExpired,
    /// No number is left for another version.
    #[error("version numbers are used up")]
    NumbersExhausted,
    /// A version with a number that is not beyond the latest one.
    #[error("version {number} does not come after version {latest}")]
    NumberTaken {
        /// What was requested.
        number: u64,
        /// The latest version.
        latest: u64,
    },
    /// Sealed content for a plain-text plan, or vice versa: a bug in the caller.
    #[error("the content is a {actual}, not the planned {planned}")]
    ContentMismatch {
        /// The type that was planned.
        planned: ParameterType,
        /// The type of the content.
        actual: ParameterType,
    },
}

impl ParameterError {
    /// What kind of failure this is.
    pub(crate) fn fault(&self) -> Fault {
        use ParameterError as E;
        match self {
            E::AlreadyExists | E::Taken | E::VersionMoved { .. } | E::NotExpired => Fault::Conflict,
            E::Deleted | E::VersionNotFound { .. } | E::LabelNotFound { .. } => Fault::NotFound,
            E::TypeRequired
            | E::KeyWithoutSealing { .. }
            | E::Empty
            | E::NotText
            | E::NulInText
            | E::LooksMasked
            | E::TemplateInValue
            | E::DataTypeUnsuited { .. }
            | E::PatternInvalid(_)
            | E::DescriptionTooLong(_)
            | E::Policy(_)
            | E::Tag(_)
            | E::TagsWithOverwrite
            | E::LabelLength(_)
            | E::LabelInvalid(_)
            | E::ContentMismatch { .. } => Fault::Usage,
            E::TooLarge { .. }
            | E::Downgrade
            | E::TierNeeded { .. }
            | E::DataTypeSwitch { .. }
            | E::InvalidValueForDataType { .. }
            | E::PatternMismatch { .. }
            | E::TooManyLabels(_)
            | E::MaxVersionsLabelled { .. }
            | E::NumbersExhausted
            | E::Unsealing { .. }
            | E::Unsealed { .. }
            | E::NumberTaken { .. } => Fault::Rule,
        }
    }
}

fn version_words(selector: &Selector) -> String {
    match selector {
        Selector::Label(label) => format!("label `{label}`"),
        selector => format!("version {selector}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_phrases() {
        let template = ParameterError::TemplateInValue.to_string();
        assert_eq!(template, "a value cannot contain a template in double braces ({{…}})");
        let large = ParameterError::TooLarge { limit: 4096, actual: 5000, tier: Tier::Standard }.to_string();
        assert_eq!(large, "the value has 5000 bytes, but the Standard tier allows 4096");
        let missing = ParameterError::VersionNotFound { selector: Selector::Version(9) }.to_string();
        assert_eq!(missing, "there is no version 9");
        let missing =
            ParameterError::VersionNotFound { selector: Selector::Label("live".parse().unwrap()) }.to_string();
        assert_eq!(missing, "there is no label `live`");
    }
}
