//! What is configured for a rotation.

use std::collections::BTreeMap;

use crate::model::hook::HookName;
use crate::model::name::SecretName;
use crate::model::schedule::Rules;

/// What is configured: what does the steps, with what, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RotationTerms {
    /// The hook that performs the steps.
    pub hook: HookName,
    /// The secret whose value the hook gets besides, to log in as an administrator.
    pub admin: Option<SecretName>,
    /// Options for the hook.
    pub options: BTreeMap<String, String>,
    /// When it rotates automatically; `None`: only manually.
    pub rules: Option<Rules>,
}

impl RotationTerms {
    /// Whether two users take turns, so that the previous value logs in until the next rotation.
    pub(crate) fn takes_turns(&self) -> bool {
        self.options.get("users").is_some_and(|users| users == "alternating")
    }
}
