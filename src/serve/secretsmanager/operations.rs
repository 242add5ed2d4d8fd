//! Which file answers which operation.

use super::{
    batch_get_secret_value, cancel_rotate_secret, create_secret, delete_resource_policy, delete_secret,
    describe_secret, get_random_password, get_resource_policy, get_secret_value, list_resource_policies,
    list_secret_version_ids, list_secrets, put_resource_policy, put_secret_value, replication, restore_secret,
    rotate_secret, tag_resource, untag_resource, update_secret, update_secret_version_stage, validate_resource_policy,
};
use crate::serve::call::Run;

/// The operations that there are, and what answers each.
pub(in crate::serve) const OPERATIONS: &[(&str, Run)] = &[
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
    ("AssociateCrossAccountReplica", replication::across_accounts),
    ("DisassociateCrossAccountReplica", replication::across_accounts),
];
