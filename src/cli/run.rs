//! From argv to an exit code.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use super::audit as audit_log;
use super::branch::branch;
use super::cli::{Cli, Command, command_words};
use super::commands::{
    accept, adopt, agent_serve, audit, backup, checkpoint, ci, clipboard_clear, completions, config, consumers, diff,
    doctor, edit, env, events, exec, explain, export, find, get, git_merge, git_setup, git_textconv, grep, history,
    hook_strategy, identity, import, init, key, label, list, lock, man, member, overview, param, pick, policy, receive,
    render, replica, resolve, restore, rm, rotate, scan, secret, serve, set, share, shares, show, status, sync, tick,
    tour, trust, unlock, unused, upgrade, verify,
};
use super::context::Context;
use super::error::{CliError, CliResult};
use super::help;
use super::input;
use super::missing_name::{MissingName, with_name};
use super::mistakes::{explained, option_as_value};
use super::process::{self, EnvSecrets, Hardening};
use super::terminal::page::Format;
use super::terminal::ui;
use super::usage;
use crate::cli::exit::Exit;

/// The hint if a member whose keys were replaced at their own request cannot open something.
const RENEWED: &str =
    "once an admin has granted the requested keys, run `vault member request --renew` again to switch to them";

/// Runs the program and returns its exit code.
pub fn main() -> ExitCode {
    let (hardening, taken) = process::harden();
    ExitCode::from(process::guarded(|| run(hardening, taken)))
}

fn run(hardening: Hardening, taken: EnvSecrets) -> u8 {
    if completions::answer_shell(Cli::command) {
        return 0;
    }
    let words: Vec<OsString> = std::env::args_os().collect();
    let parsed = parse(&words).map_err(|error| (MissingName::of(&error, &words), error));
    let global = match &parsed {
        Ok((cli, _)) => cli.global.clone(),
        Err((Some(missing), _)) => missing.global.clone(),
        Err((None, error)) => return mistake(error, &words),
    };
    let format = if global.json { Format::Json } else { Format::Text };
    let mut context = match Context::new(global, hardening, taken) {
        Ok(context) => context,
        Err(error) => {
            ui::print_failure(&error.failure(), format);
            return error.exit().code();
        }
    };
    let done = match parsed {
        Ok((cli, purpose)) => dispatch_as(purpose, cli.command, &mut context),
        Err((Some(missing), _)) if input::pick::is_possible(&context) => with_picked(&missing, &words, &mut context),
        Err((_, error)) => return mistake(&error, &words),
    };
    if done.is_err() {
        context.tell_unsaid();
    }
    match (done, context.committed()) {
        (Ok(()), Ok(())) => {
            if context.global.dry_run {
                context.ui.note("this was a dry run: nothing was changed");
            }
            0
        }
        (Ok(()), Err(error)) | (Err(error), Ok(())) => report(&error, &mut context),
        (Err(error), Err(uncommitted)) => {
            context.ui.warning(uncommitted.with_hints());
            report(&error, &mut context)
        }
    }
}

/// What was typed, and the words of its command. The whole tree parses what its branch does not accept: help, versions and
/// mistakes, which concern all commands.
pub(crate) fn parse(words: &[OsString]) -> Result<(Cli, String), clap::Error> {
    let short = branch(words).and_then(|branch| matched(branch, words).ok());
    short.map_or_else(|| matched(help::grouped(Cli::command()), words), Ok)
}

fn matched(mut tree: clap::Command, words: &[OsString]) -> Result<(Cli, String), clap::Error> {
    let mut matches = tree.try_get_matches_from_mut(words).map_err(|error| explained(error, words, &tree))?;
    if let Some(error) = option_as_value(&matches, words, &tree) {
        return Err(error);
    }
    let command = command_words(&matches);
    Ok((Cli::from_arg_matches_mut(&mut matches)?, command))
}

fn mistake(error: &clap::Error, words: &[OsString]) -> u8 {
    usage::answer(error, words, Cli::command(), |words| parse(words).err())
}

/// Lets the user pick the name that the command line lacks, and runs it with that.
fn with_picked(missing: &MissingName, words: &[OsString], context: &mut Context) -> CliResult<()> {
    "pick".clone_into(&mut context.purpose.name);
    let picked = input::pick::pick(missing.offer, "", &missing.instead(), context)?;
    run_line(&with_name(words, &picked), context)
}

/// Runs another command line in the same context.
fn run_line(words: &[OsString], context: &mut Context) -> CliResult<()> {
    let (cli, purpose) = parse(words).map_err(|error| {
        CliError::usage(
            "the command cannot be run with this name",
            error.to_string().lines().next().unwrap_or_default().to_owned(),
        )
    })?;
    dispatch_as(purpose, cli.command, context)
}

fn dispatch_as(purpose: String, command: Option<Command>, context: &mut Context) -> CliResult<()> {
    context.purpose.is_sweep = audit_log::is_sweep(&purpose);
    context.purpose.name = purpose;
    dispatch(command, context)
}

pub(crate) fn dispatch(command: Option<Command>, context: &mut Context) -> CliResult<()> {
    let done = match command {
        Some(command) => perform(command, context),
        None => overview::run(context),
    };
    debug_assert!(done.is_err() || !context.is_unfinished(), "`{}` did not finish its vault", context.purpose.name);
    done
}

fn perform(command: Command, context: &mut Context) -> CliResult<()> {
    match command {
        Command::Init(args) => {
            init::run(&args, context)?;
            init::dotenv::offer(&args, context)?.map_or(Ok(()), |words| run_line(&words, context))
        }
        Command::Status(args) => status::run(&args, context),
        Command::Get(args) => get::run(args.0, context),
        Command::Set(args) => set::run(args.0, context),
        Command::List(args) => list::run(&args, context),
        Command::Show(args) => show::run(&args, context),
        Command::History(args) => history::run(&args, context),
        Command::Edit(args) => edit::run(&args, context),
        Command::Rm(args) => rm::run(&args, context),
        Command::Find(args) => find::run(&args, context),
        Command::Grep(args) => grep::run(args.0, context),
        Command::Param(command) => param::run(command.0, context),
        Command::Secret(command) => secret::run(command.0, context),
        Command::Pick(args) => pick::run(&args, context)?.map_or(Ok(()), |words| run_line(&words, context)),
        Command::Label(command) => label::run(&command, context),
        Command::Rotate(command) => rotate::run(&command, context),
        Command::Replica(command) => replica::run(&command, context),
        Command::HookStrategy(args) => hook_strategy::run(&args, context),
        Command::Unlock(args) => unlock::run(&args, context),
        Command::Lock(args) => lock::run(&args, context),
        Command::AgentServe(args) => agent_serve::run(&args, context),
        Command::ClipboardClear(args) => clipboard_clear::run(&args, context),
        Command::Audit(args) => audit::run(&args, context),
        Command::Events(args) => events::run(&args, context),
        Command::Policy(command) => policy::run(&command, context),
        Command::Consumers(args) => consumers::run(&args, context),
        Command::Share(args) => share::run(&args, context),
        Command::Receive(args) => receive::run(&args, context),
        Command::Shares(args) => shares::run(&args, context),
        Command::Unused(args) => unused::run(&args, context),
        Command::Tick(args) => tick::run(&args, context),
        Command::Serve(args) => serve::run(&args, context),
        Command::Doctor(args) => doctor::run(&args, context),
        Command::Identity(command) => identity::run(&command, context),
        Command::Member(command) => member::run(command.0, context),
        Command::Key(command) => key::run(&command, context),
        Command::Trust(command) => trust::run(&command, context),
        Command::Exec(args) => exec::run(&args, context),
        Command::Ci(command) => ci::run(&command, context),
        Command::Render(args) => render::run(&args, context),
        Command::Env(args) => env::run(&args, context),
        Command::Export(args) => export::run(&args, context),
        Command::Import(args) => import::run(&args, context),
        Command::Explain(args) => explain::run(&args, context),
        Command::Verify(args) => verify::run(&args, context),
        Command::Sync(args) => sync::run(&args, context),
        Command::Resolve(args) => resolve::run(&args, context),
        Command::Diff(args) => diff::run(&args, context),
        Command::GitSetup(args) => git_setup::run(&args, context),
        Command::GitMerge(args) => git_merge::run(&args, context),
        Command::GitTextconv(args) => git_textconv::run(&args, context),
        Command::Accept(args) => accept::run(&args, context),
        Command::Adopt(args) => adopt::run(&args, context),
        Command::Checkpoint(args) => checkpoint::run(&args, context),
        Command::Upgrade(args) => upgrade::run(&args, context),
        Command::Scan(args) => scan::run(&args, context),
        Command::Backup(args) => backup::run(&args, context),
        Command::Restore(args) => restore::run(&args, context),
        Command::Config(command) => config::run(&command, context),
        Command::Tour(args) => tour::run(&args, context),
        Command::Completions(args) => completions::run(&args, context),
        Command::Man(args) => man::run(&args, Cli::command(), context),
    }
}

/// A reader that left early is not a failure. Everything else is reported, with what to do next.
fn report(error: &CliError, context: &mut Context) -> u8 {
    if let CliError::Output(cause) = error
        && ui::is_reader_gone(cause)
    {
        return 0;
    }
    if !matches!(error, CliError::Reported(_)) {
        let mut failure = error.failure();
        if error.exit() == Exit::Locked && context.awaits_renewal() {
            failure.hints.push(RENEWED.into());
        }
        context.ui.error(&failure);
    }
    error.exit().code()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &str) -> Result<Cli, String> {
        let words: Vec<OsString> = words.split(' ').map(OsString::from).collect();
        parse(&words).map(|(cli, _)| cli).map_err(|error| error.to_string())
    }

    /// The branch is only a shortcut: what it accepts, the whole tree accepts with the same result.
    #[test]
    fn a_branch_says_what_the_whole_tree_says() {
        let lines = [
            "vault param get /app/x",
            "vault p get /app/x --json",
            "vault --json --vault param param get /app/x -q",
            "vault --vault=secret param get x",
            "vault exec /app -- param --json",
            "vault exec --mask /app -- param --json",
            "vault rotate hooks list",
            "vault s get prod/db",
            "vault env /app --json",
            "vault render - --dry-run",
            "vault render",
            "vault label ls /app/x",
            "vault status param",
            "vault git-textconv x.yaml",
            "vault hook-strategy random create",
            "vault git-merge a b c d",
            "vault param get",
            "vault param --help",
            "vault --version",
            "vault param --version",
            "vault parma get x",
            "vault param gte x",
            "vault",
            "vault --vault param",
        ];
        for line in lines {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let whole = matched(help::grouped(Cli::command()), &words)
                .map(|(cli, _)| format!("{cli:?}"))
                .map_err(|error| error.to_string());
            assert_eq!(parsed(line).map(|cli| format!("{cli:?}")), whole, "{line}");
        }
        assert!(parsed("vault --json --vault param param get /app/x -q").unwrap().global.json);
    }
}
