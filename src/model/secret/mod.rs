//! Secrets: their versions and stages, how they are rotated, and what filters them.

mod aborted;
mod error;
mod filter;
pub mod json;
mod limits;
mod order;
mod resource_policy;
mod rotating;
mod rotation;
#[cfg(test)]
pub(crate) mod sample;
mod secret;
mod stage;
mod staging;
mod version_id;
mod version_prefix;

pub use self::error::SecretError;
pub use self::filter::{FILTERS_LIMIT, SecretFilter, SecretFilterError};
pub use self::limits::{
    DESCRIPTION_LIMIT, POLICY_LIMIT, RECOVERY_DAYS, USUAL_RECOVERY_DAYS, VERSIONS_KEPT, VERSIONS_LIMIT,
};
pub use self::order::SortBy;
pub use self::resource_policy::{PublicAccess, check_policy};
pub use self::rotation::{Begun, Rotation, RotationPlan, Run};
pub use self::secret::{Secret, SecretVersion, check_value};
pub use self::stage::{STAGES_LIMIT, Stage, StageError};
pub use self::staging::StageMove;
pub use self::version_id::{VersionId, VersionIdError};
pub use self::version_prefix::{VersionPrefix, VersionPrefixError};
