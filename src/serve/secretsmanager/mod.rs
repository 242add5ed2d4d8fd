//! Secrets Manager: a file for each operation, and one for each thing that several of them have (secrets-manager, wire §6).

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
mod operations;
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

pub(super) use operations::OPERATIONS;
