//! Codes for what the verbs of a vault refuse.

use super::code::ErrorCode;
use super::service::Service;
use crate::engine::{Error, VaultKeyError};

impl ErrorCode {
    /// The code with which a service answers.
    ///
    /// A second writer is a `ThrottlingException`, which clients try again by themselves. A locked vault is not
    /// reported as a server error: an answer with status 500 would be retried too, in vain.
    pub(crate) fn of(error: &Error, service: Service) -> Self {
        match error {
            Error::Parameter { error, .. } => error.into(),
            Error::Secret { error, .. } => error.into(),
            Error::Name(error) => error.into(),
            Error::NotFound { .. } | Error::Expired { .. } => {
                service.pick(ErrorCode::ParameterNotFound, ErrorCode::ResourceNotFoundException)
            }
            Error::NotSecure { .. }
            | Error::NoRule(_)
            | Error::Rule { .. }
            | Error::NoCredential(_)
            | Error::NoCredentialNamed(_)
            | Error::Credential { .. }
            | Error::Parcel(_) => ErrorCode::ValidationException,
            Error::Plan { .. } | Error::Replica { .. } => ErrorCode::InvalidRequestException,
            Error::Rotating(_) => service.pick(ErrorCode::TooManyUpdates, ErrorCode::InvalidRequestException),
            Error::Busy | Error::Changed(_) | Error::TrustMoved => ErrorCode::ThrottlingException,
            Error::NotAMember
            | Error::NotAnAdmin(_)
            | Error::NotAWriter { .. }
            | Error::Team(_)
            | Error::NotLogged(_)
            | Error::NoReason { .. } => ErrorCode::AccessDeniedException,
            Error::NotAReader { .. } => service.pick(ErrorCode::AccessDeniedException, ErrorCode::DecryptionFailure),
            Error::Share { .. } => service.pick(ErrorCode::AccessDeniedException, ErrorCode::InvalidRequestException),
            Error::Unlock(_) | Error::Key(VaultKeyError::NotFound(_)) => {
                service.pick(ErrorCode::InvalidKeyId, ErrorCode::DecryptionFailure)
            }
            Error::Key(
                VaultKeyError::NoneFor(_)
                | VaultKeyError::Other { .. }
                | VaultKeyError::Unusable { .. }
                | VaultKeyError::Disabled(_)
                | VaultKeyError::Deleting(..)
                | VaultKeyError::Destroyed(_)
                | VaultKeyError::InUse { .. }
                | VaultKeyError::NotWrapped(_),
            ) => service.pick(ErrorCode::InvalidKeyId, ErrorCode::EncryptionFailure),
            Error::Unopened { .. } => service.pick(ErrorCode::InternalServerError, ErrorCode::DecryptionFailure),
            Error::NotAVault(_)
            | Error::AlreadyThere(_)
            | Error::Unpinned(_)
            | Error::ForeignOwner { .. }
            | Error::WrongVault { .. }
            | Error::Replaced { .. }
            | Error::Store(_)
            | Error::Archive(_)
            | Error::State(_)
            | Error::Format { .. }
            | Error::NotARequest(_)
            | Error::Tampered { .. }
            | Error::NotTheAnchored { .. }
            | Error::Rollback { .. }
            | Error::Older { .. }
            | Error::Missing { .. }
            | Error::Fork { .. }
            | Error::TrustRollback { .. }
            | Error::TrustFork(_)
            | Error::OtherTrust { .. }
            | Error::TrustBehind { .. }
            | Error::NotAnchored { .. }
            | Error::OldVault
            | Error::IllegalSide(..)
            | Error::Key(
                VaultKeyError::Outdated(..)
                | VaultKeyError::LostWrap(_)
                | VaultKeyError::UnknownVersion { .. }
                | VaultKeyError::NotPostQuantum { .. }
                | VaultKeyError::Wrap { .. },
            )
            | Error::Recipient { .. }
            | Error::Hook { .. }
            | Error::TriedHook { .. }
            | Error::NotMergeable(_)
            | Error::Moved
            | Error::RevisionLimit(_)
            | Error::Unverified(_)
            | Error::ReadBack(_)
            | Error::Internal(_) => service.pick(ErrorCode::InternalServerError, ErrorCode::InternalServiceError),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::name::NameError;
    use crate::model::near::Aim;
    use crate::model::parameter::ParameterError;
    use crate::model::secret::SecretError;

    fn both(error: &Error) -> [ErrorCode; 2] {
        [Service::ParameterStore, Service::SecretsManager].map(|service| ErrorCode::of(error, service))
    }

    #[test]
    fn each_service_has_its_word_for_what_is_missing() {
        let missing = Error::NotFound { aim: Aim::Any, name: "/a".into(), near: vec![] };
        assert_eq!(both(&missing), [ErrorCode::ParameterNotFound, ErrorCode::ResourceNotFoundException]);
    }

    #[test]
    fn a_broken_rule_has_the_code_of_the_rule() {
        let name = || "x".to_owned();
        let error = Error::Parameter { name: name(), error: ParameterError::AlreadyExists };
        assert_eq!(both(&error), [ErrorCode::ParameterAlreadyExists; 2]);
        let error = Error::Secret { name: name(), error: SecretError::AlreadyExists };
        assert_eq!(both(&error), [ErrorCode::ResourceExistsException; 2]);
        assert_eq!(both(&Error::Name(NameError::Empty)), [ErrorCode::ValidationException; 2]);
    }

    #[test]
    fn only_a_second_writer_is_tried_again() {
        assert_eq!(both(&Error::Busy), [ErrorCode::ThrottlingException; 2]);
        let locked = Error::Unlock("no identity".into());
        assert!(both(&locked).iter().all(|code| !code.is_internal() && *code != ErrorCode::ThrottlingException));
        let torn = Error::ReadBack("params/a.yaml".into());
        assert_eq!(both(&torn), [ErrorCode::InternalServerError, ErrorCode::InternalServiceError]);
    }

    #[test]
    fn rights_are_not_faults_of_the_vault() {
        let writer = Error::NotAWriter { member: "bob".parse().unwrap(), name: "/a".into(), writers: vec![] };
        assert_eq!(both(&writer), [ErrorCode::AccessDeniedException; 2]);
        let reader = Error::NotAReader { key: "prod".parse().unwrap(), readers: vec![], reader: None };
        assert_eq!(both(&reader), [ErrorCode::AccessDeniedException, ErrorCode::DecryptionFailure]);
        let key = Error::Key(VaultKeyError::NotFound("prod".parse().unwrap()));
        assert_eq!(both(&key), [ErrorCode::InvalidKeyId, ErrorCode::DecryptionFailure]);
    }
}
