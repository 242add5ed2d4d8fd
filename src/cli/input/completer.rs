//! Names of the vault, for a shell that completes a command line.

use std::ffi::OsStr;

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::engine::Listed;
use crate::model::name::ParameterPath;
use crate::model::secret::Secret;

/// Completes names of parameters, level by level.
pub(crate) fn names() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| candidates(typed, Wanted::Names))
}

/// Completes names of secrets, also of those that are marked for deletion.
pub(crate) fn secret_names() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| secrets(typed).unwrap_or_default())
}

/// Completes names of parameters, level by level, and of secrets.
pub(crate) fn all_names() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        let parameters = candidates(typed, Wanted::Names);
        parameters.into_iter().chain(secrets(typed).unwrap_or_default()).collect()
    })
}

/// Completes paths.
pub(crate) fn paths() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| candidates(typed, Wanted::Paths))
}

fn listed(above: &str) -> CliResult<Listed> {
    let path: ParameterPath = above.parse().map_err(crate::engine::Error::from)?;
    Ok(Context::for_completion()?.open_vault()?.children(&path)?)
}

/// The secrets that begin with the typed text. A vault that cannot be opened without a prompt completes nothing.
fn secrets(typed: &OsStr) -> CliResult<Vec<CompletionCandidate>> {
    let names = Context::for_completion()?.open_vault()?.names::<Secret>()?.found;
    let typed = typed.to_string_lossy();
    let fitting = names.iter().filter(|name| name.as_str().starts_with(typed.as_ref()));
    Ok(fitting.map(|name| CompletionCandidate::new(name.as_str())).collect())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Names,
    Paths,
}

/// What continues the typed text. A vault that cannot be opened without a prompt completes nothing.
fn candidates(typed: &OsStr, wanted: Wanted) -> Vec<CompletionCandidate> {
    let Some(typed) = typed.to_str() else { return Vec::new() };
    let above = typed.rfind('/').map_or("/", |at| if at == 0 { "/" } else { &typed[..at] });
    let listed = listed(above);
    let Ok(listed) = listed else { return Vec::new() };
    let names = listed.names.iter().filter(|_| wanted == Wanted::Names).map(ToString::to_string);
    let all = names.chain(listed.paths.iter().cloned());
    all.filter(|name| name.starts_with(typed)).map(CompletionCandidate::new).collect()
}
