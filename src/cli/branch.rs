//! The commands that other programs call often, each put together without the others.
//!
//! Putting the whole tree together takes 4 % of the time of a `get`, and parsing with it another 15 %, because clap copies every global
//! option into each of its dozens of commands.

use std::ffi::OsString;

use clap::{Args, Command, Subcommand};

use super::commands::{env, exec, get, git_merge, git_textconv, hook_strategy, label, param, render, secret, set};
use super::global::Global;

/// The command line with only one command, the first of these that is named. If no option is typed, its subcommands do without the
/// global ones.
pub(super) fn branch(words: &[OsString]) -> Option<Command> {
    let named = words.iter().skip(1).find_map(|word| command(word.to_str()?))?;
    let mut own = words.iter().take_while(|word| *word != "--");
    let has_options = own.any(|word| word.as_encoded_bytes().starts_with(b"-"));
    let global = Global::augment_args(Command::new("vault")).mut_args(|option| option.global(has_options));
    Some(global.subcommand(named))
}

fn command(name: &str) -> Option<Command> {
    Some(match name {
        "param" | "p" => param::ParamCommand::augment_subcommands(Command::new("param").alias("p")),
        "secret" | "s" => secret::SecretCommand::augment_subcommands(Command::new("secret").alias("s")),
        "label" => label::LabelCommand::augment_subcommands(Command::new("label")),
        "get" => get::GetArgs::augment_args(Command::new("get")),
        "set" | "put" => set::SetArgs::augment_args(Command::new("set").alias("put")),
        "exec" | "run" => exec::ExecArgs::augment_args(Command::new("exec").alias("run")),
        "render" => render::RenderArgs::augment_args(Command::new("render")),
        "env" => env::EnvArgs::augment_args(Command::new("env")),
        "git-merge" => git_merge::DriverArgs::augment_args(Command::new("git-merge")),
        "git-textconv" => git_textconv::TextconvArgs::augment_args(Command::new("git-textconv")),
        "hook-strategy" => hook_strategy::StrategyArgs::augment_args(Command::new("hook-strategy")),
        _ => return None,
    })
}
