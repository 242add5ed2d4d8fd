//! What rotation functions of AWS need besides their program: names, a way to the vault, and keys.

use std::ffi::OsString;
use std::sync::Arc;

use crate::engine::ConfirmedPlan;
use crate::model::hook::HookValue;

/// What a call of an AWS rotation function is about.
#[derive(Debug, Clone)]
pub struct Arns {
    /// The ARN of the secret.
    pub secret: String,
    /// The ARN that the function is called by.
    pub function: String,
}

/// What one step of a function finds the vault with. It contains keys, so it is never printed.
#[derive(Clone)]
pub struct Access {
    /// What AWS clients read from their environment: the address, a region, and keys that reach only the secrets of the rotation.
    pub variables: Vec<(OsString, OsString)>,
    /// Ends the keys when it is dropped.
    pub keys: Arc<dyn Send + Sync>,
}

/// Opens the vault to AWS rotation functions.
pub trait Endpoints: Send + Sync {
    /// The names of secret and function. The error is one line for people.
    fn arns(&self, plan: &ConfirmedPlan) -> Result<Arns, String>;

    /// Opens an endpoint for one step of a rotation, with keys for its secret and its administrator's.
    fn open(&self, plan: &ConfirmedPlan, seconds: u64) -> Result<Access, String>;

    /// The pending value of the secret, which a function stores itself.
    fn pending(&self, plan: &ConfirmedPlan) -> Option<HookValue>;
}
