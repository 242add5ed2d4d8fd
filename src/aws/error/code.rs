//! Codes of errors, as both services name them.

/// Declares the codes: each is called as it is on the wire.
macro_rules! codes {
    ($($(#[$about:meta])+ $code:ident,)+) => {
        /// What a client matches on: `__type` on the wire, `ErrorCode` in a batch.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) enum ErrorCode {
            $($(#[$about])+ $code,)+
        }

        impl ErrorCode {
            /// The name on the wire.
            pub(crate) fn as_str(self) -> &'static str {
                match self {
                    $(ErrorCode::$code => stringify!($code),)+
                }
            }
        }
    };
}

codes! {
    /// Either service: the request does not have the form that the operation asks for.
    ValidationException,
    /// Either service: the member may not do this.
    AccessDeniedException,
    /// Either service: somebody else is writing; clients try again by themselves.
    ThrottlingException,
    /// Parameter Store: a creation of a name that is taken (§5).
    ParameterAlreadyExists,
    /// Parameter Store: no parameter has that name (§10).
    ParameterNotFound,
    /// Parameter Store: no version has that number or label (§9).
    ParameterVersionNotFound,
    /// Parameter Store: the oldest version would have to be removed but has a label (§7).
    ParameterMaxVersionLimitExceeded,
    /// Parameter Store: more labels than a version can have (§8).
    ParameterVersionLabelLimitExceeded,
    /// Parameter Store: more than fifteen levels (§2).
    HierarchyLevelLimitExceededException,
    /// Parameter Store: a pattern that is not a regular expression (§3).
    InvalidAllowedPatternException,
    /// Parameter Store: a value that its pattern does not allow (§3).
    ParameterPatternMismatchException,
    /// Parameter Store: no such key, not the one that governs the name, or one that cannot be used (§3).
    InvalidKeyId,
    /// Parameter Store: more than ten policies (§12).
    PoliciesLimitExceededException,
    /// Parameter Store: a policy of an unknown type (§12).
    InvalidPolicyTypeException,
    /// Parameter Store: a policy that is malformed (§12).
    InvalidPolicyAttributeException,
    /// Parameter Store: conflicting policies (§12).
    IncompatiblePolicyException,
    /// Parameter Store: a filter by a key that does not exist, not here, or twice (§10).
    InvalidFilterKey,
    /// Parameter Store: a comparison that the key of a filter does not have (§10).
    InvalidFilterOption,
    /// Parameter Store: a value that the key of a filter does not have (§10).
    InvalidFilterValue,
    /// Parameter Store: more than fifty tags (§6).
    TooManyTagsError,
    /// Parameter Store: somebody else has written the parameter in the meantime (§5).
    TooManyUpdates,
    /// Parameter Store: a fault of the vault and not of the request.
    InternalServerError,
    /// Secrets Manager: no such secret, version, or stage (§5).
    ResourceNotFoundException,
    /// Secrets Manager: a name or a token that is taken (§3).
    ResourceExistsException,
    /// Secrets Manager: not in the state that the secret is in (§5, §8).
    InvalidRequestException,
    /// Secrets Manager: an invalid value (§4, §7).
    InvalidParameterException,
    /// Secrets Manager: more versions or stages than a secret can have (§1, §6).
    LimitExceededException,
    /// Secrets Manager: the key cannot encrypt new values.
    EncryptionFailure,
    /// Secrets Manager: the key cannot be opened, or the value cannot be decrypted with it.
    DecryptionFailure,
    /// Secrets Manager: an invalid resource policy (§7).
    MalformedPolicyDocumentException,
    /// Secrets Manager: a resource policy that grants access to everybody (§7).
    PublicPolicyException,
    /// Secrets Manager: a fault of the vault and not of the request.
    InternalServiceError,
}

impl ErrorCode {
    /// Whether the vault is at fault, and not the request: HTTP status 500 instead of 400.
    pub(crate) fn is_internal(self) -> bool {
        matches!(self, ErrorCode::InternalServerError | ErrorCode::InternalServiceError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_its_own_name() {
        assert_eq!(ErrorCode::ParameterNotFound.as_str(), "ParameterNotFound");
        assert!(ErrorCode::InternalServiceError.is_internal() && !ErrorCode::ThrottlingException.is_internal());
    }
}
