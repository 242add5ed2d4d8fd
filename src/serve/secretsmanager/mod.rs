//! Secrets Manager: a file for each operation (secrets-manager, wire §6).

use super::answer::Answer;
use super::call::Call;

/// The operations that there are, and what answers each.
pub(super) const OPERATIONS: &[(&str, fn(&Call<'_>) -> Answer)] = &[];
