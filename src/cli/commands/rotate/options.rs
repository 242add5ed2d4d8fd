//! Options of a hook, checked against those that its first lines declare.

use std::collections::BTreeMap;

use crate::cli::error::{CliError, CliResult};
use crate::hook::Candidate;
use crate::model::hook_options::{HookOptions, HookOptionsError};

/// Refuses options that do not fit the program's declaration. A program that declares nothing takes any.
pub(super) fn require_declared(program: Option<&Candidate>, options: &BTreeMap<String, String>) -> CliResult<()> {
    let declared = program.and_then(|program| HookOptions::declared_by(&program.content));
    declared.map_or(Ok(()), |declared| declared.check(options).map_err(refused))
}

fn refused(error: HookOptionsError) -> CliError {
    let message = error.to_string();
    let hint = match error {
        HookOptionsError::Unknown { known, .. } if known.is_empty() => "it takes no options".to_owned(),
        HookOptionsError::Unknown { near, known, .. } if near.is_empty() => {
            format!("its options: {}", quoted(&known, ", "))
        }
        HookOptionsError::Unknown { near, .. } => format!("did you mean {}?", quoted(&near, " or ")),
        HookOptionsError::Value { name, .. } => format!("remove it with `--option {name}=`, or give another value"),
        HookOptionsError::Missing(name) => format!("add `--option {name}=VALUE`"),
    };
    CliError::Usage { message, hint }
}

fn quoted(names: &[String], between: &str) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(between)
}
