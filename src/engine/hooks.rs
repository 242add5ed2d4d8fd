//! The interface between rotation and the hooks that it runs.

use super::plan::ConfirmedPlan;
use crate::model::hook::{HookCall, HookFailure, Produced};

/// What runs hooks: child processes, or a scripted double in tests.
pub trait Hooks {
    /// Runs one step of a plan. `create` returns the new value, the other steps nothing.
    fn call(&self, plan: &ConfirmedPlan, call: &HookCall) -> Result<Option<Produced>, HookFailure>;
}
