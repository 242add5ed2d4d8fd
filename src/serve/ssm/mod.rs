//! Systems Manager Parameter Store: a file for each operation (parameter-store, wire §6).

use super::answer::Answer;
use super::call::Call;

mod get_parameter;

/// The operations that there are, and what answers each.
pub(super) const OPERATIONS: &[(&str, fn(&Call<'_>) -> Answer)] = &[("GetParameter", get_parameter::run)];
