//! Options of a hook, checked against those that its first lines declare, or that a strategy has.

use std::collections::BTreeMap;

use crate::cli::error::{CliError, CliResult};
use crate::hook::Candidate;
use crate::hook::strategy::{self, StrategyError};
use crate::model::hook::{HookName, Strategy};
use crate::model::hook_options::{HookOptions, HookOptionsError};

/// The most that a plan can hold.
const MOST: usize = 50;

/// Refuses options that do not fit the program's declaration. A program that declares nothing takes any.
pub(super) fn require_declared(program: Option<&Candidate>, options: &BTreeMap<String, String>) -> CliResult<()> {
    let declared = program.and_then(|program| HookOptions::declared_by(&program.content));
    declared.map_or(Ok(()), |declared| declared.check(options).map_err(|error| refused(error, "the hook")))
}

/// Refuses more options than a plan can hold.
pub(super) fn require_few(options: &BTreeMap<String, String>) -> CliResult<()> {
    if options.len() <= MOST {
        return Ok(());
    }
    Err(CliError::usage(
        format!("a rotation has at most {MOST} options, not {}", options.len()),
        "remove some with `--option KEY=`",
    ))
}

/// Refuses options that a strategy does not have, or cannot do anything with.
pub(super) fn require_fitting(
    strategy: Strategy,
    options: &BTreeMap<String, String>,
    has_admin: bool,
) -> CliResult<()> {
    let refused = |error| refused(error, &format!("`{}`", HookName::Builtin(strategy)));
    strategy::declared(strategy).check(options).map_err(refused)?;
    strategy::check(strategy, options, has_admin).map_err(|error| {
        CliError::usage(
            error.to_string(),
            match error {
                StrategyError::NoAdmin => "add `--admin SECRET`".to_owned(),
                StrategyError::Unused(name) => {
                    format!("add `--users alternating`, or remove it with `--option {name}=`")
                }
                _ => "docs/strategies.md lists the options".to_owned(),
            },
        )
    })
}

fn refused(error: HookOptionsError, hook: &str) -> CliError {
    let message = match &error {
        HookOptionsError::Unknown { name, .. } => format!("{hook} has no option `{name}`"),
        error => error.to_string(),
    };
    let hint = match error {
        HookOptionsError::Unknown { known, .. } if known.is_empty() => "it takes no options".to_owned(),
        HookOptionsError::Unknown { near, known, .. } if near.is_empty() => {
            format!("its options: {}", quoted(&known, ", "))
        }
        HookOptionsError::Unknown { near, .. } => format!("did you mean {}?", quoted(&near, " or ")),
        HookOptionsError::Value { name, .. } => format!("remove it with `--option {name}=`, or give another value"),
        HookOptionsError::Missing(name) => format!("add `--option {name}=VALUE`"),
    };
    CliError::usage(message, hint)
}

fn quoted(names: &[String], between: &str) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(between)
}
