//! `vault completions`: commands, options and names from the vault, completed by your shell.

mod answer;

use std::ffi::OsString;

use clap::{Args, Command, ValueEnum};
use clap_complete::env::{CompleteEnv, Elvish, EnvCompleter, Powershell};

use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::CliResult;
use crate::cli::input::completer;
use crate::cli::terminal::ui::print_answer;

/// The variable with which a shell's completion script asks this program for completions.
const VARIABLE: &str = "VLT_COMPLETE";
/// What the scripts for bash, zsh and fish put there; those for other shells are clap's.
const LINES: &str = "lines";

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
    let Some(shell) = env::set(VARIABLE) else { return false };
    let words: Vec<OsString> = std::env::args_os().collect();
    let line: Vec<OsString> = words.iter().skip_while(|word| *word != "--").skip(1).cloned().collect();
    let attached = || {
        let mut tree = tree();
        tree.build();
        completer::attach(tree, &line)
    };
    let directory = std::env::current_dir().ok();
    if shell != LINES {
        return CompleteEnv::with_factory(attached)
            .var(VARIABLE)
            .try_complete(words, directory.as_deref())
            .unwrap_or(true);
    }
    print_answer(&answer::answer(&attached(), &line, directory.as_deref()));
    true
}

pub(crate) fn run(args: &CompletionsArgs, context: &mut Context) -> CliResult<()> {
    Ok(context.ui.bytes(&script(args.shell)?)?)
}

/// The script for a shell, by its name.
pub(crate) fn script_of(shell: &str) -> Option<Vec<u8>> {
    script(Shell::from_str(shell, true).ok()?).ok()
}

fn script(shell: Shell) -> std::io::Result<Vec<u8>> {
    let completer: &dyn EnvCompleter = match shell {
        Shell::Bash => return Ok(include_bytes!("completions/bash.sh").to_vec()),
        Shell::Zsh => return Ok(include_bytes!("completions/zsh.sh").to_vec()),
        Shell::Fish => return Ok(include_bytes!("completions/fish.fish").to_vec()),
        Shell::Elvish => &Elvish,
        Shell::Powershell => &Powershell,
    };
    let mut script = Vec::new();
    completer.write_registration(VARIABLE, "vault", "vault", "vault", &mut script)?;
    Ok(script)
}
