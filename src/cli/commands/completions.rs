//! `vault completions`: commands, options and names from the vault, completed by your shell.

use std::ffi::OsStr;

use clap::{Args, CommandFactory};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{Bash, CompleteEnv, Elvish, EnvCompleter, Fish, Powershell, Zsh};

use crate::cli::cli::Cli;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::engine::Listed;
use crate::model::name::ParameterPath;
use crate::model::secret::Secret;

/// The variable with which a shell's script asks this program for completions.
const VARIABLE: &str = "VLT_COMPLETE";

/// Print a script that completes commands and names in your shell
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    echo 'source <(vault completions bash)' >> ~/.bashrc\n  \
    vault completions zsh > \"${fpath[1]}/_vault\"\n  \
    vault completions fish > ~/.config/fish/completions/vault.fish\n  \
    vault completions elvish >> ~/.config/elvish/rc.elv\n  \
    vault completions powershell >> $PROFILE")]
pub(crate) struct CompletionsArgs {
    /// bash, zsh, fish, elvish or powershell
    shell: Shell,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
    Elvish,
    Powershell,
}

/// Answers a shell that asks for completions, and says whether one did. Never unlocks, never decrypts.
pub(crate) fn answer_shell() -> bool {
    let arguments = std::env::args_os();
    CompleteEnv::with_factory(Cli::command).var(VARIABLE).try_complete(arguments, None).unwrap_or(true)
}

pub(crate) fn run(args: &CompletionsArgs, context: &mut Context) -> CliResult<()> {
    context.ui.bytes(&script(args.shell)?)?;
    Ok(())
}

fn script(shell: Shell) -> std::io::Result<Vec<u8>> {
    let completer: &dyn EnvCompleter = match shell {
        Shell::Bash => &Bash,
        Shell::Zsh => &Zsh,
        Shell::Fish => &Fish,
        Shell::Elvish => &Elvish,
        Shell::Powershell => &Powershell,
    };
    let mut script = Vec::new();
    completer.write_registration(VARIABLE, "vault", "vault", "vault", &mut script)?;
    Ok(script)
}

/// Completes names of parameters, level by level.
pub(crate) fn names() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| candidates(typed, Wanted::Names))
}

/// Completes names of secrets, also of those that are marked for deletion.
pub(crate) fn secret_names() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| secrets(typed).unwrap_or_default())
}

/// Completes paths.
pub(crate) fn paths() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| candidates(typed, Wanted::Paths))
}

fn listed(above: &str) -> CliResult<Listed> {
    let path: ParameterPath = above.parse().map_err(crate::engine::Error::from)?;
    Ok(Context::for_completion()?.open_vault()?.children(&path)?)
}

/// The secrets that begin with the typed text. A vault that cannot be opened without a question completes nothing.
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

/// What goes on from the typed text. A vault that cannot be opened without a question completes nothing.
fn candidates(typed: &OsStr, wanted: Wanted) -> Vec<CompletionCandidate> {
    let Some(typed) = typed.to_str() else { return Vec::new() };
    let above = typed.rfind('/').map_or("/", |at| if at == 0 { "/" } else { &typed[..at] });
    let listed = listed(above);
    let Ok(listed) = listed else { return Vec::new() };
    let names = listed.names.iter().filter(|_| wanted == Wanted::Names).map(ToString::to_string);
    let all = names.chain(listed.paths.iter().cloned());
    all.filter(|name| name.starts_with(typed)).map(CompletionCandidate::new).collect()
}
