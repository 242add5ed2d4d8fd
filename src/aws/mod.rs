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

pub mod delete_secret;
pub mod error;
pub mod labels;
pub mod list_secrets;
pub mod parameter;
pub mod parameter_history;
pub mod parameter_metadata;
pub mod parameter_policy;
pub mod parameters;
pub mod put_parameter;
pub mod put_secret_value;
pub mod random_password;
pub mod resource_policy;
pub mod rotate_secret;
pub mod rotation_rules;
pub mod rotation_run;
#[cfg(test)]
mod sample;
pub mod secret;
pub mod secret_id;
pub mod secret_value;
pub mod secret_versions;
pub mod tag;
pub mod value;
pub mod version_stages;
