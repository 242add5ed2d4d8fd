//! `vault completions`: commands, options and names from the vault, completed by your shell.

use clap::{Args, Command, ValueEnum};
use clap_complete::env::{Bash, CompleteEnv, Elvish, EnvCompleter, Fish, Powershell, Zsh};

use crate::cli::context::Context;
use crate::cli::error::CliResult;

/// The variable with which a shell's completion script asks this program for completions.
const VARIABLE: &str = "VLT_COMPLETE";

/// Print a completion script for your shell
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    echo 'source <(vault completions bash)' >> ~/.bashrc\n  \
    vault completions zsh > \"${fpath[1]}/_vault\"\n  \
    vault completions fish > ~/.config/fish/completions/vault.fish\n  \
    vault completions elvish >> ~/.config/elvish/rc.elv\n  \
    vault completions powershell >> $PROFILE")]
pub(crate) struct CompletionsArgs {
    /// Shell: bash, zsh, fish, elvish or powershell
    shell: Shell,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
    Elvish,
    Powershell,
}

/// Answers a shell that asks for completions, and returns whether one did. Never unlocks, never decrypts.
pub(crate) fn answer_shell(tree: fn() -> Command) -> bool {
    let arguments = std::env::args_os();
    CompleteEnv::with_factory(tree).var(VARIABLE).try_complete(arguments, None).unwrap_or(true)
}

pub(crate) fn run(args: &CompletionsArgs, context: &mut Context) -> CliResult<()> {
    context.ui.bytes(&script(args.shell)?)?;
    Ok(())
}

/// The script for a shell, by its name.
pub(crate) fn script_of(shell: &str) -> Option<Vec<u8>> {
    script(Shell::from_str(shell, true).ok()?).ok()
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
