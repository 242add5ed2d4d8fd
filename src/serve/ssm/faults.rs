//! What goes wrong with parameters, in the words that clients of Parameter Store match on (parameter-store §15).

use std::borrow::Cow;

use crate::aws::error::{ErrorCode, Service};
use crate::engine::Error;
use crate::model::name::NameError;
use crate::model::parameter::{Conflict, POLICY, ParameterError, PolicyError, PolicyFlaw, Tier};
use crate::model::tag::TagError;
use crate::serve::fault::Fault;

const SERVICE: Service = Service::ParameterStore;
const FORM: &str = "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, it can consist of \
                    sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following \
                    3 symbols .-_";
const PATH: &str = "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash \
                    \"/\". It can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). It must use only letters, numbers, or the \
                    following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if \
                    specified, must use the forward slash symbol \"/\". Valid example: /get/parameters2-/by1./path0_.";
const EMPTY: &str = "1 validation error detected: Value at 'value' failed to satisfy constraint: Member must have length greater \
                     than or equal to 1";

/// The longest name, counted with the beginning of its ARN.
const NAME_LIMIT: usize = 1011;

/// An error with a text.
pub(super) fn new(code: &'static str, message: impl Into<Cow<'static, str>>) -> Fault {
    Fault::new(SERVICE, code, message)
}

/// An error without a text.
pub(super) fn silent(code: &'static str) -> Fault {
    Fault::silent(SERVICE, code)
}

/// A request that does not have the form that the operation asks for.
pub(super) fn validation(message: impl Into<Cow<'static, str>>) -> Fault {
    Fault::validation(SERVICE, message)
}

/// No parameter has that name. AWS says nothing more.
pub(super) fn not_found() -> Fault {
    silent(ErrorCode::ParameterNotFound.as_str())
}

/// Whether an error is about one name of several: that it is none, or of nothing. The others are answered then.
pub(super) fn is_of_name(fault: &Fault) -> bool {
    let malformed = [ErrorCode::ValidationException, ErrorCode::HierarchyLevelLimitExceededException];
    is_not_found(fault) || malformed.iter().any(|code| code.as_str() == fault.code)
}

/// Whether an error means that there is no such parameter or version.
pub(super) fn is_not_found(fault: &Fault) -> bool {
    [ErrorCode::ParameterNotFound, ErrorCode::ParameterVersionNotFound].iter().any(|code| code.as_str() == fault.code)
}

/// No version of the parameter has that number or label.
pub(super) fn version_not_found(version: &str, name: &str) -> Fault {
    new(ErrorCode::ParameterVersionNotFound.as_str(), no_version(version, name))
}

/// A text after the colon of a name that can be neither a number nor a label.
pub(super) fn selector() -> Fault {
    validation(
        "Invalid parameter name. Please use correct syntax for referencing a version/label  <name>:<version/label>",
    )
}

/// A path that is none.
pub(super) fn path() -> Fault {
    validation(PATH)
}

/// A text that names no parameter.
pub(super) fn name(error: &NameError) -> Fault {
    match error {
        NameError::TooDeep(_) => new(
            ErrorCode::HierarchyLevelLimitExceededException.as_str(),
            "A hierarchy can have a maximum of 15 levels. For more information, see Requirements and constraints for parameter \
             names in the AWS Systems Manager User Guide.",
        ),
        NameError::Reserved => {
            validation("Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive).")
        }
        NameError::TooLong { .. } => too_long(),
        NameError::PathUnrooted => path(),
        NameError::Empty | NameError::Character { .. } | NameError::Unrooted | NameError::EmptyLevel => {
            validation(FORM)
        }
    }
}

/// A text that no new parameter can be called: the service says more about the slashes of those.
pub(super) fn new_name(text: &str, error: &NameError) -> Fault {
    let text = text.trim_matches(' ');
    match error {
        _ if text.contains('/') && !text.starts_with('/') => {
            validation("Parameter name must be a fully qualified name.")
        }
        _ if text.ends_with('/') => validation("Parameter name must not end with slash."),
        NameError::Reserved => reserved(text),
        error => name(error),
    }
}

/// A new name with a reserved beginning: in the tree of public parameters nothing is written.
fn reserved(text: &str) -> Fault {
    let is_path = text.bytes().filter(|byte| *byte == b'/').count() > 1;
    match text.get(..4) {
        Some(start) if is_path && start.eq_ignore_ascii_case("/aws") => {
            let message = format!("No access to reserved parameter name: {}.", text.trim_start_matches('/'));
            new(ErrorCode::AccessDeniedException.as_str(), message)
        }
        _ if is_path => validation(FORM),
        _ => name(&NameError::Reserved),
    }
}

/// Refuses a name that is too long for AWS, which counts the ARN.
pub(super) fn check_length(arn: &str) -> Result<(), Fault> {
    if arn.len() > NAME_LIMIT { Err(too_long()) } else { Ok(()) }
}

fn too_long() -> Fault {
    validation(format!(
        "Parameter name: the maximum length is {NAME_LIMIT} characters, counted with the beginning of its ARN."
    ))
}

/// What an error of the engine is for the client that asked for a parameter under this name.
pub(super) fn of(error: &Error, name: &str) -> Fault {
    let code = ErrorCode::of(error, SERVICE);
    let (is_internal, code) = (code.is_internal(), code.as_str());
    match error {
        _ if is_internal => Fault::of(error, SERVICE),
        Error::NotFound { .. } | Error::Expired { .. } | Error::Parameter { error: ParameterError::Deleted, .. } => {
            not_found()
        }
        Error::Parameter { error: ParameterError::Tag(TagError::TooMany(_)), .. } => silent(code),
        Error::Parameter { error, .. } => new(code, text(error, name)),
        Error::Key(error) => new(code, format!("Invalid keyId: {error}")),
        _ => Fault::of(error, SERVICE),
    }
}

/// A text or a set of policies that is none.
pub(super) fn policies(error: &PolicyError) -> Fault {
    new(ErrorCode::from(error).as_str(), policies_text(error))
}

fn policies_text(error: &PolicyError) -> Cow<'static, str> {
    use PolicyError as E;
    match error {
        E::Malformed => "Invalid policies input".into(),
        E::TooMany(_) => "Number of policies attached to a parameter cannot exceed 10".into(),
        E::Type(kind) => format!("Policy type {kind} is not supported.").into(),
        E::Incompatible(Conflict::Expirations) => "There can be only one expiration policy".into(),
        E::Incompatible(Conflict::Unpaired) => "Expiration notification policies are missing expiration policy".into(),
        E::Attribute { flaw: PolicyFlaw::Version, .. } => "Unsupported policy version.".into(),
        E::Attribute { flaw: PolicyFlaw::Missing("Timestamp"), .. } => {
            "A valid Expiration policy must have an attribute of Timestamp.".into()
        }
        E::Attribute { flaw: PolicyFlaw::Missing(name), .. } => {
            format!("Mandatory policy attribute {name} is missing.").into()
        }
        E::Attribute { flaw: PolicyFlaw::Timestamp, .. } => "Invalid timestamp format".into(),
        E::Attribute { flaw: PolicyFlaw::Number(name), .. } => {
            format!("Attribute {name} must be a positive integer.").into()
        }
        E::Attribute { flaw: PolicyFlaw::Unit, .. } => "Supported time units: DAYS HOURS".into(),
        E::Attribute { flaw: PolicyFlaw::Unknown, .. } | E::Incompatible(Conflict::Repeated) | E::When | E::Past(_) => {
            error.to_string().into()
        }
    }
}

fn no_version(version: &str, name: &str) -> String {
    format!("Systems Manager could not find version {version} of {name}. Verify the version and try again.")
}

/// AWS's text where it is known, else the rule's own.
fn text(error: &ParameterError, name: &str) -> Cow<'static, str> {
    use ParameterError as E;
    match error {
        E::AlreadyExists | E::Taken => "The parameter already exists. To overwrite this value, set the overwrite option in the request to \
                             true."
            .into(),
        E::VersionMoved { .. } => {
            "There are concurrent updates for a resource that supports one update at a time.".into()
        }
        E::VersionNotFound { selector } => no_version(&selector.to_string(), name).into(),
        E::LabelNotFound { label, .. } => no_version(label, name).into(),
        E::TypeRequired => "A parameter type is required when you create a parameter.".into(),
        E::KeyWithoutSealing { kind } => format!("KeyId is not required for {kind} type parameter.").into(),
        E::Empty => EMPTY.into(),
        E::TemplateInValue => {
            "Parameter value can't nest another parameter. Do not use \"{{}}\" in the value.".into()
        }
        E::TooLarge { tier: Tier::Standard, .. } => {
            "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, \
             upgrade the parameter to use the advanced-parameter tier. For more information, see \
             https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"
                .into()
        }
        E::TooLarge { tier: Tier::Advanced, .. } => {
            "The specified parameter value is too large. Advanced-tier parameters support a maximum parameter value of 8192 \
             characters."
                .into()
        }
        E::Downgrade => {
            "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to \
             the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard \
             parameter. Be aware that standard parameters have a value limit of 4096 characters."
                .into()
        }
        E::TierNeeded { reason: POLICY } => "You can't assign parameter policies to a standard-parameter tier.".into(),
        E::DataTypeUnsuited { data_type, kind } => {
            format!("The {data_type} data type is not supported for the following input type: {kind}").into()
        }
        E::PatternMismatch { pattern } => {
            format!("Parameter value, cannot be validated against allowedPattern: {pattern}").into()
        }
        E::TagsWithOverwrite => {
            "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite \
             flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource."
                .into()
        }
        E::Policy(error) => policies_text(error),
        E::TooManyLabels(_) => "A parameter version can have maximum 10 labels. Move one or more labels to another version and try \
                                again."
            .into(),
        E::MaxVersionsLabelled { number } => format!(
            "You attempted to create a new version of {name} by calling the PutParameter API with the overwrite flag. Version \
             {number}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another \
             version of the parameter, and try again."
        )
        .into(),
        E::Deleted
        | E::Unsealing { .. }
        | E::Unsealed { .. }
        | E::NotText
        | E::NulInText
        | E::LooksMasked
        | E::TierNeeded { .. }
        | E::DataTypeSwitch { .. }
        | E::InvalidValueForDataType { .. }
        | E::PatternInvalid(_)
        | E::DescriptionTooLong(_)
        | E::Tag(_)
        | E::LabelLength(_)
        | E::LabelInvalid(_)
        | E::NotExpired
        | E::NumbersExhausted
        | E::NumberTaken { .. }
        | E::ContentMismatch { .. } => error.to_string().into(),
    }
}
