//! What operations on resource policies answer (secrets-manager §7, resource policies).

use serde::Serialize;

use crate::model::secret::SecretError;

/// What `GetResourcePolicy` answers; `PutResourcePolicy` and `DeleteResourcePolicy` answer without the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetResourcePolicy {
    /// `None` if no account is known.
    #[serde(rename = "ARN", skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// The secret's name.
    pub name: String,
    /// JSON text, 1–20,480 characters; `None` if the secret has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_policy: Option<String>,
}

/// What `ValidateResourcePolicy` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ValidateResourcePolicy {
    /// Whether there are no errors.
    pub policy_validation_passed: bool,
    /// What is wrong.
    pub validation_errors: Vec<ValidationError>,
}

/// One thing that is wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ValidationError {
    /// `SYNTAX`, `LENGTH` or `PUBLIC_POLICY`.
    pub check_name: &'static str,
    /// For people.
    pub error_message: String,
}

impl From<Result<(), SecretError>> for ValidateResourcePolicy {
    fn from(checked: Result<(), SecretError>) -> Self {
        let validation_errors: Vec<_> = checked.err().iter().map(ValidationError::from).collect();
        ValidateResourcePolicy { policy_validation_passed: validation_errors.is_empty(), validation_errors }
    }
}

impl From<&SecretError> for ValidationError {
    fn from(error: &SecretError) -> Self {
        let check_name = match error {
            SecretError::PublicPolicy => "PUBLIC_POLICY",
            SecretError::PolicyTooLong(_) => "LENGTH",
            _ => "SYNTAX",
        };
        ValidationError { check_name, error_message: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::sample::json;
    use super::*;
    use crate::model::secret::{PublicAccess, check_policy};

    #[test]
    fn a_check_names_what_is_wrong() {
        let open = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;
        let checked = |text: &str, public| json(&ValidateResourcePolicy::from(check_policy(text, public)));
        let passed = json!({ "PolicyValidationPassed": true, "ValidationErrors": [] });
        assert_eq!(checked(open, PublicAccess::Allow), passed);
        for (text, name) in [(open, "PUBLIC_POLICY"), ("{}", "SYNTAX"), (&*" ".repeat(20_481), "LENGTH")] {
            let failed = checked(text, PublicAccess::Block);
            assert_eq!(failed["PolicyValidationPassed"], false);
            assert_eq!(failed["ValidationErrors"][0]["CheckName"], name);
        }
    }
}
