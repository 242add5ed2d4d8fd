//! Errors of the rules for secrets.

use super::limits::{DESCRIPTION_LIMIT, POLICY_LIMIT, REPLICAS_LIMIT, VERSIONS_LIMIT};
use super::stage::{STAGES_LIMIT, Stage};
use super::version_id::VersionId;
use crate::model::fault::Fault;
use crate::model::id::VaultId;
use crate::model::mask::LOOKS_MASKED;
use crate::model::name::SecretName;
use crate::model::tag::TagError;
use crate::model::time::Timestamp;
use crate::model::value_form::VALUE_LIMIT;

/// Why something cannot be done with a secret. The caller knows which secret it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// A creation of a name that is taken.
    #[error("the secret already exists")]
    AlreadyExists,
    /// The secret is marked for deletion.
    #[error("the secret is marked for deletion, to be purged after {due}")]
    MarkedForDeletion {
        /// When it may be purged.
        due: Timestamp,
    },
    /// The token names a version with another value.
    #[error("the token {0} is already in use for a version with another value")]
    TokenInUse(VersionId),
    /// No version has that id.
    #[error("there is no version {0}")]
    VersionNotFound(VersionId),
    /// No version's id begins with this.
    #[error("there is no version whose id begins with {0}")]
    PrefixNotFound(String),
    /// The ids of several versions begin with this.
    #[error("the ids of several versions begin with {0}")]
    PrefixAmbiguous(String),
    /// The version has no value yet.
    #[error("the version {0} has no value yet")]
    Valueless(VersionId),
    /// No version has that stage.
    #[error("no version is staged {0}")]
    StageNotFound(Stage),
    /// Version and stage were both named, and do not belong together.
    #[error("the version {version} is not staged {stage}")]
    StageElsewhere {
        /// The stage.
        stage: Stage,
        /// The version.
        version: VersionId,
    },
    /// AWSCURRENT is not where the caller has seen it.
    #[error("AWSCURRENT has moved away from version {expected}")]
    CurrentMoved {
        /// Where the caller has seen it.
        expected: VersionId,
    },
    /// A stage that is on a different version than the caller said, or the caller did not say.
    #[error("{stage} is on version {version}; name that version as the one to move it from")]
    RemoveFromRequired {
        /// The stage.
        stage: Stage,
        /// The version that has it.
        version: VersionId,
    },
    /// AWSCURRENT without a new version.
    #[error("AWSCURRENT can only be moved to another version, not removed")]
    CurrentNotRemovable,
    /// More stages than a secret can have.
    #[error("a secret can have at most {STAGES_LIMIT} stages, this would be {0}")]
    TooManyStages(usize),
    /// Too many versions within a day.
    #[error("the secret has {VERSIONS_LIMIT} versions and none of them may be purged yet; versions are kept for a day")]
    TooManyVersions,
    /// No bytes at all.
    #[error("a value cannot be empty")]
    Empty,
    /// A text value with a zero byte.
    #[error("the text of a secret cannot contain a NUL character; store it as binary")]
    NulInText,
    /// A text value that is not UTF-8.
    #[error("the value is not UTF-8 text; store it as binary")]
    NotText,
    /// A placeholder that programs show instead of a value.
    #[error("{LOOKS_MASKED}")]
    LooksMasked,
    /// An overlong value.
    #[error("a secret can have at most {VALUE_LIMIT} bytes, this value has {0}")]
    TooLarge(usize),
    /// An overlong description.
    #[error("a description has at most {DESCRIPTION_LIMIT} characters, this one has {0}")]
    DescriptionTooLong(usize),
    /// A tag, or a set of tags, against the rules.
    #[error(transparent)]
    Tag(#[from] TagError),
    /// An overlong resource policy, or one that is not a JSON object of statements.
    #[error("the resource policy is not valid: {0}")]
    Policy(String),
    /// A resource policy that grants access to everybody, if that is to be refused.
    #[error("the resource policy grants access to everybody without a condition")]
    PublicPolicy,
    /// A member of a value that is not JSON.
    #[error("the value is not a JSON object or array")]
    NotJson,
    /// A member that a JSON value does not have.
    #[error("the JSON value has no key {0:?}")]
    JsonKeyNotFound(String),
    /// A template that no generated member can be put into.
    #[error("the template cannot be used: {0}")]
    Template(&'static str),
    /// An overlong resource policy.
    #[error("a resource policy has at most {POLICY_LIMIT} characters, this one has {0}")]
    PolicyTooLong(usize),
    /// A recovery window out of bounds.
    #[error("the recovery window is 7 to 30 days, not {0}")]
    RecoveryWindow(u32),
    /// A rotation of a secret that has no hook.
    #[error("no hook is configured for this secret")]
    NoHook,
    /// A rotation was cancelled and not configured again.
    #[error("the rotation of this secret was cancelled")]
    RotationCancelled,
    /// There is no AWSCURRENT to rotate.
    #[error("the secret has no current value to rotate")]
    NothingToRotate,
    /// Another runner has continued the rotation.
    #[error("another process has continued this rotation")]
    RotationMoved,
    /// A version is pending already.
    #[error("the previous rotation is not finished")]
    AlreadyRotating,
    /// No rotation is unfinished.
    #[error("no rotation of this secret is unfinished")]
    NoRotation,
    /// A change of a copy.
    #[error("Operation not permitted on a replica secret. Call must be made in primary secret's region.")]
    Copy {
        /// The name of the primary.
        name: SecretName,
        /// Its vault.
        vault: VaultId,
    },
    /// A deletion of a secret that has copies.
    #[error("it cannot be deleted while it has copies in other vaults ({0})")]
    HasReplicas(usize),
    /// More copies than a secret can have.
    #[error("a secret can have at most {REPLICAS_LIMIT} copies")]
    TooManyReplicas,
    /// `masterarn` in the value is not the plan's administrator.
    #[error("`masterarn` in the value names a different secret than the administrator of its rotation")]
    OtherAdmin,
}

impl SecretError {
    /// What kind of failure this is.
    pub(crate) fn fault(&self) -> Fault {
        use SecretError as E;
        match self {
            E::AlreadyExists
            | E::TokenInUse(_)
            | E::MarkedForDeletion { .. }
            | E::RemoveFromRequired { .. }
            | E::StageElsewhere { .. }
            | E::CurrentMoved { .. }
            | E::AlreadyRotating
            | E::RotationMoved => Fault::Conflict,
            E::VersionNotFound(_)
            | E::PrefixNotFound(_)
            | E::JsonKeyNotFound(_)
            | E::Valueless(_)
            | E::StageNotFound(_)
            | E::NoRotation => Fault::NotFound,
            E::Empty
            | E::NulInText
            | E::NotText
            | E::LooksMasked
            | E::DescriptionTooLong(_)
            | E::Tag(_)
            | E::Policy(_)
            | E::PolicyTooLong(_)
            | E::PrefixAmbiguous(_)
            | E::NotJson
            | E::Template(_)
            | E::RecoveryWindow(_)
            | E::NoHook
            | E::NothingToRotate => Fault::Usage,
            E::CurrentNotRemovable
            | E::PublicPolicy
            | E::TooManyStages(_)
            | E::TooManyVersions
            | E::TooLarge(_)
            | E::RotationCancelled
            | E::Copy { .. }
            | E::HasReplicas(_)
            | E::TooManyReplicas
            | E::OtherAdmin => Fault::Rule,
        }
    }
}
