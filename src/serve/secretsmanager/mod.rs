//! Secrets Manager: a file for each operation, and one for each thing that several of them have (secrets-manager, wire §6).

use super::answer::Answer;
use super::call::Call;

mod batch_get_secret_value;
mod cancel_rotate_secret;
mod create_secret;
mod delete_resource_policy;
mod delete_secret;
mod describe_secret;
mod filters;
mod get_random_password;
mod get_resource_policy;
mod get_secret_value;
mod given_key;
mod given_tags;
mod given_value;
mod list_resource_policies;
mod list_secret_version_ids;
mod list_secrets;
mod page;
mod policy_name;
mod put_resource_policy;
mod put_secret_value;
mod replication;
mod restore_secret;
mod rotate_secret;
mod rotation;
mod rotation_rules;
mod shown;
mod tag_resource;
mod target;
mod token;
mod untag_resource;
mod update_secret;
mod update_secret_version_stage;
mod validate_resource_policy;

/// Answers a call.
type Run = fn(&Call<'_>) -> Answer;

/// The operations that there are, and what answers each.
pub(super) const OPERATIONS: &[(&str, Run)] = &[
    ("GetSecretValue", get_secret_value::run),
    ("DescribeSecret", describe_secret::run),
    ("BatchGetSecretValue", batch_get_secret_value::run),
    ("ListSecrets", list_secrets::run),
    ("ListSecretVersionIds", list_secret_version_ids::run),
    ("CreateSecret", create_secret::run),
    ("PutSecretValue", put_secret_value::run),
    ("UpdateSecret", update_secret::run),
    ("UpdateSecretVersionStage", update_secret_version_stage::run),
    ("DeleteSecret", delete_secret::run),
    ("RestoreSecret", restore_secret::run),
    ("TagResource", tag_resource::run),
    ("UntagResource", untag_resource::run),
    ("RotateSecret", rotate_secret::run),
    ("CancelRotateSecret", cancel_rotate_secret::run),
    ("GetRandomPassword", get_random_password::run),
    ("GetResourcePolicy", get_resource_policy::run),
    ("PutResourcePolicy", put_resource_policy::run),
    ("DeleteResourcePolicy", delete_resource_policy::run),
    ("ValidateResourcePolicy", validate_resource_policy::run),
    ("ListResourcePolicies", list_resource_policies::run),
    ("ReplicateSecretToRegions", replication::replicate),
    ("RemoveRegionsFromReplication", replication::remove_regions),
    ("StopReplicationToReplica", replication::stop),
    ("AssociateCrossAccountReplica", replication::associate),
    ("DisassociateCrossAccountReplica", replication::disassociate),
];
