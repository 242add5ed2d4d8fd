//! The seam between rotation and the programs that it asks.

use crate::model::hook::{HookCall, HookFailure, HookName, Produced};

/// What runs hooks: child processes, or a scripted double in tests.
pub trait Hooks {
    /// Runs one step. `create` gives the new value, the other steps nothing.
    fn call(&self, hook: &HookName, call: &HookCall) -> Result<Option<Produced>, HookFailure>;
}
