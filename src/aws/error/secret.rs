//! Codes for what the rules of secrets refuse.

use super::code::ErrorCode;
use crate::model::secret::SecretError;

impl From<&SecretError> for ErrorCode {
    fn from(error: &SecretError) -> Self {
        use SecretError as E;
        match error {
            E::AlreadyExists | E::TokenInUse(_) => ErrorCode::ResourceExistsException,
            E::VersionNotFound(_)
            | E::PrefixNotFound(_)
            | E::Valueless(_)
            | E::StageNotFound(_)
            | E::JsonKeyNotFound(_) => ErrorCode::ResourceNotFoundException,
            E::MarkedForDeletion { .. }
            | E::StageElsewhere { .. }
            | E::CurrentMoved { .. }
            | E::NoHook
            | E::RotationCancelled
            | E::NothingToRotate
            | E::RotationMoved
            | E::AlreadyRotating
            | E::OtherAdmin
            | E::NoRotation => ErrorCode::InvalidRequestException,
            E::PrefixAmbiguous(_)
            | E::RemoveFromRequired { .. }
            | E::CurrentNotRemovable
            | E::NulInText
            | E::NotText
            | E::LooksMasked
            | E::NotJson
            | E::Template(_)
            | E::Tag(_)
            | E::Copy { .. }
            | E::HasReplicas(_)
            | E::RecoveryWindow(_) => ErrorCode::InvalidParameterException,
            E::TooManyStages(_) | E::TooManyVersions | E::TooManyReplicas => ErrorCode::LimitExceededException,
            E::Empty | E::TooLarge(_) | E::DescriptionTooLong(_) | E::PolicyTooLong(_) => {
                ErrorCode::ValidationException
            }
            E::Policy(_) => ErrorCode::MalformedPolicyDocumentException,
            E::PublicPolicy => ErrorCode::PublicPolicyException,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::VaultId;
    use crate::model::secret::{
        PublicAccess, Replica, Secret, SecretVersion, Stage, StageMove, check_policy, check_value, sample,
    };
    use crate::model::value::SecretValue;

    fn code<T>(result: Result<T, SecretError>) -> Option<ErrorCode> {
        result.err().as_ref().map(ErrorCode::from)
    }

    fn secret() -> Secret {
        let mut secret = sample::secret();
        sample::put(&mut secret, 1, None);
        sample::put(&mut secret, 2, None);
        secret
    }

    #[test]
    fn limits_of_section_1() {
        let value = |bytes: Vec<u8>| code(check_value(&SecretValue::new(bytes.into()), false));
        assert_eq!(value(vec![]), Some(ErrorCode::ValidationException));
        assert_eq!(value(vec![b'x'; 65_536]), None);
        assert_eq!(value(vec![b'x'; 65_537]), Some(ErrorCode::ValidationException));
        assert_eq!(value(b"a\0b".to_vec()), Some(ErrorCode::InvalidParameterException));
        let tags = (0..51).map(|n| (n.to_string(), String::new())).collect();
        assert_eq!(code(secret().tag(&tags)), Some(ErrorCode::InvalidParameterException));
        assert_eq!(code(secret().describe(&"x".repeat(2049))), Some(ErrorCode::ValidationException));
    }

    #[test]
    fn stages_of_section_4() {
        let stage = |stage: &str, from, to| {
            code(secret().move_stage(&StageMove { stage: stage.parse().unwrap(), from, to }, sample::at()))
        };
        let (old, current) = (|| Some(sample::id(1)), || Some(sample::id(2)));
        assert_eq!(stage("AWSCURRENT", current(), old()), None);
        assert_eq!(stage("AWSCURRENT", None, old()), Some(ErrorCode::InvalidParameterException));
        assert_eq!(stage("AWSCURRENT", current(), None), Some(ErrorCode::InvalidParameterException));
        assert_eq!(stage("blue", None, Some(sample::id(9))), Some(ErrorCode::ResourceNotFoundException));
    }

    #[test]
    fn reads_of_section_5() {
        let mut secret = secret();
        let pending: Stage = "AWSPENDING".parse().unwrap();
        assert_eq!(code(secret.select(None, Some(&pending))), Some(ErrorCode::ResourceNotFoundException));
        assert_eq!(code(secret.select(Some(&sample::id(9)), None)), Some(ErrorCode::ResourceNotFoundException));
        let elsewhere = secret.select(Some(&sample::id(1)), Some(&Stage::current()));
        assert_eq!(code(elsewhere), Some(ErrorCode::InvalidRequestException));
        secret.versions.push(SecretVersion { content: None, ..sample::version(3) });
        assert_eq!(
            code(secret.select(Some(&sample::id(3)), None)),
            Some(ErrorCode::ResourceNotFoundException),
            "no value yet"
        );
        assert_eq!(code(sample::secret().select(None, None)), Some(ErrorCode::ResourceNotFoundException), "no version");
    }

    #[test]
    fn deletions_and_policies_of_section_7() {
        let mut secret = secret();
        assert_eq!(code(secret.schedule_deletion(31, sample::at())), Some(ErrorCode::InvalidParameterException));
        let (vault, key, name) = (VaultId([1; 32]), "default".parse().unwrap(), secret.name.clone());
        secret.add_replica(Replica { vault, region: String::new(), key, name }).unwrap();
        assert_eq!(code(secret.schedule_deletion(30, sample::at())), Some(ErrorCode::InvalidParameterException));
        secret.replicas.clear();
        secret.schedule_deletion(30, sample::at()).unwrap();
        assert_eq!(code(secret.require_live()), Some(ErrorCode::InvalidRequestException));
        let open = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;
        assert_eq!(code(check_policy(open, PublicAccess::Block)), Some(ErrorCode::PublicPolicyException));
        assert_eq!(code(check_policy("[]", PublicAccess::Allow)), Some(ErrorCode::MalformedPolicyDocumentException));
    }

    #[test]
    fn tokens_of_section_3_and_rotations_of_section_8() {
        let mut secret = secret();
        assert_eq!(code(secret.cancel_rotation()), Some(ErrorCode::InvalidRequestException));
        for (error, expected) in [
            (SecretError::AlreadyExists, ErrorCode::ResourceExistsException),
            (SecretError::TokenInUse(sample::id(1)), ErrorCode::ResourceExistsException),
            (
                SecretError::Copy { name: secret.name.clone(), vault: VaultId([1; 32]) },
                ErrorCode::InvalidParameterException,
            ),
            (SecretError::NoHook, ErrorCode::InvalidRequestException),
            (SecretError::TooManyVersions, ErrorCode::LimitExceededException),
        ] {
            assert_eq!(ErrorCode::from(&error), expected);
        }
    }
}
