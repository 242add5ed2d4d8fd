//! Secrets: their versions and stages, how they are rotated, and what filters them.

mod aborted;
mod error;
mod filter;
pub(crate) mod json;
mod limits;
mod order;
mod pins;
mod plan;
mod replication;
mod resource_policy;
mod rotating;
mod rotation;
#[cfg(test)]
pub(crate) mod sample;
mod secret;
mod stage;
mod staging;
mod terms;
mod version_id;
mod version_prefix;

pub(crate) use self::error::SecretError;
pub(crate) use self::filter::{FILTERS_LIMIT, SecretFilter, SecretFilterError};
pub(crate) use self::limits::{POLICY_LIMIT, RECOVERY_DAYS, USUAL_RECOVERY_DAYS};
pub(crate) use self::order::SortBy;
pub use self::pins::Pins;
pub(crate) use self::pins::open_texts;
pub use self::plan::{Plan, SignedPlan, StatedPlan};
pub use self::replication::{Origin, Replica};
pub(crate) use self::resource_policy::{PublicAccess, check_policy};
pub(crate) use self::rotation::{Begun, Rotation, Run};
pub use self::secret::{Secret, SecretVersion};
pub(crate) use self::secret::{check_form, check_value};
pub use self::stage::Stage;
pub(crate) use self::stage::{STAGES_LIMIT, StageError};
pub(crate) use self::staging::StageMove;
pub use self::terms::RotationTerms;
pub(crate) use self::version_id::VersionId;
pub(crate) use self::version_prefix::{VersionPrefix, VersionPrefixError};
