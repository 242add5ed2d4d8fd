//! `PolicyName`: a secret has one policy, `default`.

use crate::serve::members::Members;

/// The name of the policy of a secret.
pub(super) const DEFAULT: &str = "default";

pub(super) fn policy_name<'b>(members: &Members<'b>) -> Option<&'b str> {
    let fits = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    members.text("PolicyName").length(1..=64).pattern(r"[0-9A-Za-z\-\_]+", fits).value()
}

/// Whether a policy of this name can exist.
pub(super) fn is_default(name: Option<&str>) -> bool {
    name.is_none_or(|name| name == DEFAULT)
}
