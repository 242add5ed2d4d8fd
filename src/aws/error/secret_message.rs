//! What Secrets Manager says: clients match parts of these texts (secrets-manager §3–§7).

use std::borrow::Cow;

use crate::engine::{Error, VaultKeyError};
use crate::model::secret::{RECOVERY_DAYS, SecretError};

/// AWS's text for an error; `None` where AWS has none, and the error speaks for itself.
pub(crate) fn secret_message(error: &Error) -> Option<Cow<'static, str>> {
    Some(match error {
        Error::Secret { name, error } => of_rule(error, name),
        Error::NotFound { .. } => "Secrets Manager can't find the specified secret.".into(),
        Error::NotAReader { .. } | Error::Unopened { .. } | Error::Unlock(_) => {
            "Secrets Manager can't decrypt the protected secret text using the provided KMS key.".into()
        }
        Error::Key(
            VaultKeyError::NoneFor(_)
            | VaultKeyError::Other { .. }
            | VaultKeyError::Unusable { .. }
            | VaultKeyError::Disabled(_)
            | VaultKeyError::Deleting(..)
            | VaultKeyError::Destroyed(_),
        ) => format!(
            "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the KMS key is \
             available, enabled, and not in an invalid state: {error}."
        )
        .into(),
        Error::Busy | Error::Changed(_) | Error::TrustMoved => "Rate exceeded".into(),
        _ => return None,
    })
}

fn of_rule(error: &SecretError, name: &str) -> Cow<'static, str> {
    use SecretError as E;
    match error {
        E::AlreadyExists => format!("The operation failed because the secret {name} already exists.").into(),
        E::MarkedForDeletion { .. } => {
            "You can't perform this operation on the secret because it was marked for deletion.".into()
        }
        E::TokenInUse(token) => format!(
            "You can't use ClientRequestToken {token} because that value is already in use for a version of secret {name}."
        )
        .into(),
        E::VersionNotFound(_) => "Secrets Manager can't find the specified secret version.".into(),
        E::Valueless(version) => {
            format!("Secrets Manager can't find the specified secret value for VersionId: {version}").into()
        }
        E::StageNotFound(stage) => {
            format!("Secrets Manager can't find the specified secret value for staging label: {stage}").into()
        }
        E::StageElsewhere { .. } => {
            "You provided a VersionStage that is not associated to the provided VersionId.".into()
        }
        E::RemoveFromRequired { stage, version } => format!(
            "The parameter RemoveFromVersionId can't be empty. Staging label {stage} is currently attached to version \
             {version}, so you must explicitly reference that version in RemoveFromVersionId."
        )
        .into(),
        E::CurrentNotRemovable => {
            "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed."
                .into()
        }
        E::RecoveryWindow(_) => format!(
            "The RecoveryWindowInDays value must be between {} and {} days (inclusive).",
            RECOVERY_DAYS.start(),
            RECOVERY_DAYS.end()
        )
        .into(),
        E::Policy(fault) => of_policy(fault),
        E::PublicPolicy => "You can't attach a resource policy that allows broad access to the secret.".into(),
        E::NoHook => "No Lambda rotation function ARN is associated with this secret.".into(),
        E::AlreadyRotating => "A previous rotation isn't complete. That rotation will be reattempted.".into(),
        E::Copy { .. } => {
            "Operation not permitted on a replica secret. Call must be made in primary secret's region.".into()
        }
        E::HasReplicas(_) => format!("You can't delete secret {name} that still has replica regions.").into(),
        E::PrefixNotFound(_)
        | E::PrefixAmbiguous(_)
        | E::CurrentMoved { .. }
        | E::TooManyStages(_)
        | E::TooManyVersions
        | E::Empty
        | E::NulInText
        | E::NotText
        | E::LooksMasked
        | E::TooLarge(_)
        | E::DescriptionTooLong(_)
        | E::Tag(_)
        | E::NotJson
        | E::JsonKeyNotFound(_)
        | E::Template(_)
        | E::PolicyTooLong(_)
        | E::RotationCancelled
        | E::NothingToRotate
        | E::RotationMoved
        | E::NoRotation
        | E::TooManyReplicas
        | E::OtherAdmin => sentence(&error.to_string()).into(),
    }
}

/// AWS names the principal and what is not JSON; everything else is a syntax error.
fn of_policy(fault: &str) -> Cow<'static, str> {
    if fault.contains("a Principal") {
        return "This resource policy contains an unsupported principal".into();
    }
    if fault.contains("JSON") && !fault.starts_with("statement") {
        return "This resource policy contains invalid Json".into();
    }
    format!("This resource policy contains a syntax error: {fault}").into()
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).chain(['.']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::near::Aim;
    use crate::model::secret::{PublicAccess, check_policy, sample};

    fn said(error: SecretError) -> String {
        secret_message(&Error::Secret { name: "prod/db".into(), error }).unwrap().into_owned()
    }

    #[test]
    fn clients_read_what_aws_says() {
        let stage = || "blue".parse().unwrap();
        for (error, text) in [
            (SecretError::AlreadyExists, "The operation failed because the secret prod/db already exists."),
            (
                SecretError::StageNotFound(stage()),
                "Secrets Manager can't find the specified secret value for staging label: blue",
            ),
            (
                SecretError::RecoveryWindow(6),
                "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
            ),
            (SecretError::TooManyStages(21), "A secret can have at most 20 stages, this would be 21."),
        ] {
            assert_eq!(said(error), text);
        }
        let missing = Error::NotFound { aim: Aim::Any, name: "x".into(), near: vec![] };
        assert_eq!(secret_message(&missing).unwrap(), "Secrets Manager can't find the specified secret.");
        assert_eq!(secret_message(&Error::Moved), None);
        let id = sample::id(1);
        let moved = said(SecretError::RemoveFromRequired { stage: stage(), version: id.clone() });
        assert!(moved.contains(&format!("label blue is currently attached to version {id}, so")), "{moved}");
    }

    #[test]
    fn a_policy_is_no_json_has_no_principal_or_is_otherwise_wrong() {
        let of = |text: &str| said(check_policy(text, PublicAccess::Allow).unwrap_err());
        assert_eq!(of("{"), "This resource policy contains invalid Json");
        let without = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
        assert_eq!(of(without), "This resource policy contains an unsupported principal");
        assert!(of("{}").starts_with("This resource policy contains a syntax error: it "), "{}", of("{}"));
    }
}
