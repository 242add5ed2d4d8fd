//! Codes for what the rules of parameters refuse.

use super::code::ErrorCode;
use crate::model::name::NameError;
use crate::model::parameter::{FilterError, ParameterError, PolicyError};
use crate::model::tag::TagError;

impl From<&ParameterError> for ErrorCode {
    fn from(error: &ParameterError) -> Self {
        use ParameterError as E;
        match error {
            E::AlreadyExists | E::Taken => ErrorCode::ParameterAlreadyExists,
            E::VersionMoved { .. } => ErrorCode::TooManyUpdates,
            E::Deleted => ErrorCode::ParameterNotFound,
            E::VersionNotFound { .. } | E::LabelNotFound { .. } => ErrorCode::ParameterVersionNotFound,
            E::PatternInvalid(_) => ErrorCode::InvalidAllowedPatternException,
            E::PatternMismatch { .. } => ErrorCode::ParameterPatternMismatchException,
            E::Policy(error) => error.into(),
            E::Tag(TagError::TooMany(_)) => ErrorCode::TooManyTagsError,
            E::TooManyLabels(_) => ErrorCode::ParameterVersionLabelLimitExceeded,
            E::MaxVersionsLabelled { .. } | E::NumbersExhausted => ErrorCode::ParameterMaxVersionLimitExceeded,
            E::ContentMismatch { .. } => ErrorCode::InternalServerError,
            E::TypeRequired
            | E::Unsealing { .. }
            | E::Unsealed { .. }
            | E::KeyWithoutSealing { .. }
            | E::Empty
            | E::NotText
            | E::NulInText
            | E::LooksMasked
            | E::TemplateInValue
            | E::TooLarge { .. }
            | E::Downgrade
            | E::TierNeeded { .. }
            | E::DataTypeSwitch { .. }
            | E::DataTypeUnsuited { .. }
            | E::InvalidValueForDataType { .. }
            | E::DescriptionTooLong(_)
            | E::Tag(_)
            | E::TagsWithOverwrite
            | E::LabelLength(_)
            | E::LabelInvalid(_)
            | E::NotExpired
            | E::NumberTaken { .. } => ErrorCode::ValidationException,
        }
    }
}

impl From<&PolicyError> for ErrorCode {
    fn from(error: &PolicyError) -> Self {
        match error {
            PolicyError::TooMany(_) => ErrorCode::PoliciesLimitExceededException,
            PolicyError::Type(_) => ErrorCode::InvalidPolicyTypeException,
            PolicyError::Malformed | PolicyError::Attribute { .. } | PolicyError::When | PolicyError::Past(_) => {
                ErrorCode::InvalidPolicyAttributeException
            }
            PolicyError::Incompatible(_) => ErrorCode::IncompatiblePolicyException,
        }
    }
}

impl From<&FilterError> for ErrorCode {
    fn from(error: &FilterError) -> Self {
        match error {
            FilterError::Key { .. } | FilterError::Duplicate(_) => ErrorCode::InvalidFilterKey,
            FilterError::Option { .. } => ErrorCode::InvalidFilterOption,
            FilterError::Value { .. } => ErrorCode::InvalidFilterValue,
            FilterError::Form | FilterError::Count | FilterError::Reserved => ErrorCode::ValidationException,
        }
    }
}

impl From<&NameError> for ErrorCode {
    fn from(error: &NameError) -> Self {
        match error {
            NameError::TooDeep(_) => ErrorCode::HierarchyLevelLimitExceededException,
            NameError::Empty
            | NameError::Character { .. }
            | NameError::Unrooted
            | NameError::EmptyLevel
            | NameError::Reserved
            | NameError::TooLong { .. }
            | NameError::PathUnrooted => ErrorCode::ValidationException,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::name::ParameterName;
    use crate::model::parameter::{
        Conflict, Filter, Overwrite, Parameter, ParameterType, Policy, PutPlan, PutRequest, Selector, TierRequest,
        sample,
    };
    use crate::model::value::SecretValue;

    fn put(existing: Option<&Parameter>, request: PutRequest, value: &str) -> Option<ErrorCode> {
        let request = PutRequest { kind: request.kind.or(Some(ParameterType::String)), ..request };
        let value = SecretValue::from_text(value.into());
        PutPlan::new(existing, &request, &value).err().as_ref().map(ErrorCode::from)
    }

    #[test]
    fn names_of_section_2() {
        let code = |name: &str| name.parse::<ParameterName>().err().as_ref().map(ErrorCode::from);
        for name in ["", "a b", "a/b", "/a//b", "aws-x", "/SSM/x", &"x".repeat(1012)] {
            assert_eq!(code(name), Some(ErrorCode::ValidationException), "{name}");
        }
        assert_eq!(code(&"/a".repeat(15)), None);
        assert_eq!(code(&"/a".repeat(16)), Some(ErrorCode::HierarchyLevelLimitExceededException));
    }

    #[test]
    fn values_types_and_tiers_of_sections_3_and_4() {
        let pattern = |pattern: &str| PutRequest { allowed_pattern: Some(pattern.into()), ..PutRequest::default() };
        let standard = || PutRequest { tier: Some(TierRequest::Standard), ..PutRequest::default() };
        for (request, value, code) in [
            (PutRequest::default(), "", ErrorCode::ValidationException),
            (PutRequest::default(), "{{ssm:x}}", ErrorCode::ValidationException),
            (standard(), &*"x".repeat(4097), ErrorCode::ValidationException),
            (pattern("["), "x", ErrorCode::InvalidAllowedPatternException),
            (pattern("[0-9]+"), "x", ErrorCode::ParameterPatternMismatchException),
        ] {
            assert_eq!(put(None, request, value), Some(code), "{value:.9}");
        }
        let plan = PutPlan::new(None, &PutRequest::default(), &SecretValue::from_text("x".into()));
        assert_eq!(plan.err().as_ref().map(ErrorCode::from), Some(ErrorCode::ValidationException), "no type");
    }

    #[test]
    fn puts_of_section_5_and_versions_of_section_7() {
        let parameter = sample::parameter(1);
        let replace = || PutRequest { overwrite: Overwrite::Replace, ..PutRequest::default() };
        assert_eq!(put(Some(&parameter), PutRequest::default(), "x"), Some(ErrorCode::ParameterAlreadyExists));
        assert_eq!(put(Some(&parameter), replace(), "x"), None);
        let tagged = PutRequest { tags: [("a".into(), String::new())].into(), ..replace() };
        assert_eq!(put(None, tagged, "x"), Some(ErrorCode::ValidationException), "even if it does not exist yet");
        let moved = PutRequest { expected_version: Some(7), ..PutRequest::default() };
        assert_eq!(put(Some(&parameter), moved, "x"), Some(ErrorCode::TooManyUpdates));
        let mut full = sample::parameter(100);
        full.label(Some(1), &["live".into()]).unwrap();
        assert_eq!(put(Some(&full), replace(), "x"), Some(ErrorCode::ParameterMaxVersionLimitExceeded));
    }

    #[test]
    fn tags_of_section_6_and_labels_of_section_8() {
        let mut parameter = sample::parameter(1);
        let tags = |count: usize| (0..count).map(|n| (n.to_string(), String::new())).collect();
        assert_eq!(ErrorCode::from(&parameter.tag(&tags(51)).unwrap_err()), ErrorCode::TooManyTagsError);
        let reserved = [("aws:x".into(), String::new())].into();
        assert_eq!(ErrorCode::from(&parameter.tag(&reserved).unwrap_err()), ErrorCode::ValidationException);
        let labels = |count: usize| (0..count).map(|n| format!("l{n}")).collect::<Vec<_>>();
        let error = parameter.label(None, &labels(11)).unwrap_err();
        assert_eq!(ErrorCode::from(&error), ErrorCode::ParameterVersionLabelLimitExceeded);
        let error = parameter.label(None, &["x".repeat(101)]).unwrap_err();
        assert_eq!(ErrorCode::from(&error), ErrorCode::ValidationException);
        let error = parameter.label(Some(9), &labels(1)).unwrap_err();
        assert_eq!(ErrorCode::from(&error), ErrorCode::ParameterVersionNotFound);
    }

    #[test]
    fn selectors_of_section_9() {
        for selector in ["2", "live"] {
            let selector: Selector = selector.parse().unwrap();
            let error = sample::parameter(1).select(&selector).unwrap_err();
            assert_eq!(ErrorCode::from(&error), ErrorCode::ParameterVersionNotFound);
        }
    }

    #[test]
    fn filters_of_section_10() {
        let code =
            |key: &str, option, value: &str| ErrorCode::from(&Filter::new(key, option, &[value.into()]).unwrap_err());
        assert_eq!(code("Colour", None, "red"), ErrorCode::InvalidFilterKey);
        assert_eq!(code("Type", Some("Contains"), "String"), ErrorCode::InvalidFilterOption);
        assert_eq!(code("Type", None, "Text"), ErrorCode::InvalidFilterValue);
        assert_eq!(code("Name", None, "aws"), ErrorCode::ValidationException);
        let twice =
            [Filter::new("Name", None, &["a".into()]).unwrap(), Filter::new("Name", None, &["b".into()]).unwrap()];
        assert_eq!(ErrorCode::from(&Filter::check_distinct(&twice).unwrap_err()), ErrorCode::InvalidFilterKey);
    }

    #[test]
    fn policies_of_section_12() {
        let code = |text: &str| Policy::parse_array(text).err().as_ref().map(ErrorCode::from);
        let note = r#"{"Type":"NoChangeNotification","Version":"1.0","Attributes":{"After":"1","Unit":"Days"}}"#;
        let eleven = format!("[{}]", [note; 11].join(","));
        for (text, expected) in [
            (eleven.as_str(), ErrorCode::PoliciesLimitExceededException),
            (r#"[{"Type":"Never","Version":"1.0","Attributes":{}}]"#, ErrorCode::InvalidPolicyTypeException),
            (
                r#"[{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"soon"}}]"#,
                ErrorCode::InvalidPolicyAttributeException,
            ),
            ("{", ErrorCode::InvalidPolicyAttributeException),
        ] {
            assert_eq!(code(text), Some(expected), "{text:.40}");
        }
        assert_eq!(
            ErrorCode::from(&PolicyError::Incompatible(Conflict::Repeated)),
            ErrorCode::IncompatiblePolicyException
        );
    }
}
