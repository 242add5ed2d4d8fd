//! The interface between rotation and the hooks that it runs.

use crate::model::hook::{HookCall, HookFailure, HookName, Produced};

/// What runs hooks: child processes, or a scripted double in tests.
pub trait Hooks {
    /// Runs one step. `create` returns the new value, the other steps nothing.
    fn call(&self, hook: &HookName, call: &HookCall) -> Result<Option<Produced>, HookFailure>;
}
