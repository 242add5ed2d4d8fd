//! AWS's names: the shapes of Systems Manager Parameter Store and Secrets Manager, their error codes and limits.
//!
//! Whatever answers with AWS's words builds its answer here out of nouns of [`crate::model`] and outcomes of
//! [`crate::engine`], so that `--json` and every other interface return the same. One file for each shape. A structure
//! has the members that AWS documents, in the order in which this program has always written them, and a member without
//! content is omitted. If vault adds its own member, its comment says so, and it is `None` unless it is filled in.
//!
//! Instants are of a type `D` that is made from a [`Timestamp`](crate::model::time::Timestamp): `--json` writes texts, the
//! wire of AWS writes numbers.
//!
//! Nothing here reads a vault, opens a value, or decides what is allowed: rules are in [`crate::model`].

pub(crate) mod delete_secret;
pub(crate) mod error;
pub(crate) mod labels;
pub(crate) mod list_secrets;
pub(crate) mod parameter;
pub(crate) mod parameter_history;
pub(crate) mod parameter_metadata;
pub(crate) mod parameter_policy;
pub(crate) mod parameters;
pub(crate) mod put_parameter;
pub(crate) mod put_secret_value;
pub(crate) mod random_password;
pub(crate) mod replication_status;
pub(crate) mod resource_policy;
pub(crate) mod rotate_secret;
pub(crate) mod rotation_rules;
pub(crate) mod rotation_run;
#[cfg(test)]
mod sample;
pub(crate) mod secret;
pub mod secret_id;
pub(crate) mod secret_value;
pub(crate) mod secret_versions;
pub(crate) mod tag;
pub(crate) mod value;
pub(crate) mod version_stages;
