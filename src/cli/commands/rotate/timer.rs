//! `vault rotate timer`: a timer for `vault tick`.

mod crontab;
mod install;
mod job;
mod launchd;
mod systemd;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use serde::Serialize;

use self::install::install;
pub(crate) use self::job::text;
use self::job::{Interval, Job, TimerError};
pub(crate) use self::launchd::{escaped, property_list};
pub(crate) use self::systemd::command_line;
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::{CliError, CliResult};
use crate::cli::input::choice::choice;
use crate::cli::terminal::ask::Terminal;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::prompt::{Interaction, Prompter};
use crate::model::shell;
use crate::unlock::ask::Ask;
use crate::unlock::find;
use crate::unlock::source::Sources;

/// Print or install a timer that runs `vault tick`
#[derive(Debug, Args)]
#[command(
    long_about = "Print or install a timer that runs `vault tick` for this vault: a systemd user timer, a macOS \
        launch agent, or a line for `crontab -e`. The timer needs an identity that opens without a prompt: an \
        unlocked keyring, or a file given with --identity.",
    after_help = "Examples:\n  \
        vault rotate timer                        print the systemd units\n  \
        vault rotate timer --install              install them, and say how to start\n  \
        vault rotate timer --for cron >> crontab.txt"
)]
pub(crate) struct TimerArgs {
    /// Kind of timer [default: that of the system]
    #[arg(long = "for", value_name = "KIND")]
    kind: Option<Kind>,
    /// How often: every quarter of an hour, every hour or every day
    #[arg(long, default_value = "hour", value_parser = choice(INTERVALS))]
    every: Interval,
    /// Install the files for systemd or launchd
    #[arg(long)]
    install: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Systemd,
    Launchd,
    Cron,
}

const INTERVALS: &[(&str, &str, Interval)] =
    &[("quarter", "", Interval::QuarterHourly), ("hour", "", Interval::Hourly), ("day", "", Interval::Daily)];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TimerReport {
    files: Vec<TimerFile>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TimerFile {
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    text: String,
}

pub(super) fn run(args: &TimerArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let identity = context.global.identity.as_ref().map(std::path::absolute).transpose()?;
    let program = std::env::current_exe()?;
    let job = Job::new(&program, vault.path(), identity.as_deref(), args.every).map_err(refused)?;
    vault.finish(context);
    if args.install && !context.global.dry_run {
        require_openable(identity.as_deref())?;
    }
    let default = if cfg!(target_os = "macos") { Kind::Launchd } else { Kind::Systemd };
    let (files, directory, start) = match args.kind.unwrap_or(default) {
        Kind::Cron if args.install => {
            return Err(CliError::usage(
                "this command does not write a crontab",
                "add the line with `crontab -e`, or omit `--for cron`",
            ));
        }
        Kind::Cron => {
            let text = crontab::line(&job).map_err(refused)? + "\n";
            return Ok(context.ui.report(&TimerReport::printed([text]))?);
        }
        Kind::Systemd => {
            let start = format!("systemctl --user daemon-reload && systemctl --user enable --now {}.timer", job.name);
            (systemd::units(&job).map_err(refused)?.into(), env::user_units()?, start)
        }
        Kind::Launchd => {
            let (agent, directory) = (launchd::agent(&job), env::launch_agents()?);
            let start = format!("launchctl load {}", shell::quoted(&directory.join(&agent.leaf).to_string_lossy()));
            (vec![agent], directory, start)
        }
    };
    if !args.install || context.global.dry_run {
        let texts = files.iter().map(|file| format!("# {}\n{}", file.leaf, file.text));
        return Ok(context.ui.report(&TimerReport::printed(texts))?);
    }
    let paths = install(&files, &directory)?;
    context.ui.note(format!("start it with `{start}`"));
    let installed = files.into_iter().zip(paths);
    let files = installed.map(|(file, path)| TimerFile { path: Some(path.display().to_string()), text: file.text });
    Ok(context.ui.report(&TimerReport { files: files.collect(), start: Some(start) })?)
}

/// A timer for a vault that is installed for this user.
pub(crate) enum Installed {
    Nothing,
    /// It runs this program.
    ForThis(PathBuf),
    /// It runs another one.
    ForOther(PathBuf),
}

/// Which timer is installed for the vault in a directory.
pub(crate) fn installed(vault: &Path) -> CliResult<Installed> {
    let Ok(job) = Job::new(&std::env::current_exe()?, vault, None, Interval::Hourly) else {
        return Ok(Installed::Nothing);
    };
    let places = [
        env::user_units()?.join(format!("{}.service", job.name)),
        env::launch_agents()?.join(launchd::agent(&job).leaf),
    ];
    let found = places.into_iter().find_map(|path| Some((std::fs::read_to_string(&path).ok()?, path)));
    Ok(match found {
        None => Installed::Nothing,
        Some((text, path)) if starts(&text, &job) => Installed::ForThis(path),
        Some((_, path)) => Installed::ForOther(path),
    })
}

/// Whether the text of a unit or of a property list starts the program of the job.
fn starts(text: &str, job: &Job) -> bool {
    let forms = [systemd::quoted, launchd::escaped];
    job.command.first().is_some_and(|program| forms.iter().any(|form| text.contains(&form(program))))
}

/// Refuses a timer that could not open an identity: it has no terminal, no agent and none of these variables.
fn require_openable(identity: Option<&Path>) -> CliResult<()> {
    let sources = Sources { identity_file: identity.map(Path::to_owned), ..Sources::configured(Context::config()?) };
    let prompter = Prompter::new(Interaction::Forbidden);
    let nobody: Arc<dyn Ask> = Arc::new(Terminal { prompter, is_verbose: false, passphrase: None });
    find::find(&sources, &nobody).map(drop).map_err(|error| {
        CliError::usage(
            format!("the timer could not open an identity without a prompt: {error}"),
            "give it a file that opens without a passphrase: `vault rotate timer --install --identity FILE`",
        )
    })
}

impl TimerReport {
    fn printed(texts: impl IntoIterator<Item = String>) -> Self {
        let files = texts.into_iter().map(|text| TimerFile { path: None, text });
        TimerReport { files: files.collect(), start: None }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn refused(error: TimerError) -> CliError {
    CliError::usage(error.to_string(), "move the program or the vault, or use another kind of timer")
}

impl Report for TimerReport {
    fn text(&self, page: &mut Page) {
        for file in &self.files {
            match &file.path {
                Some(path) => page.line(format!("{} written", page.paint(Meaning::Name, path))),
                None => page.line(file.text.trim_end()),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::job::tests::{AWKWARD, job};
    use super::*;

    #[test]
    fn a_timer_runs_the_program_that_it_was_made_for() {
        for program in ["/usr/bin/vault", "/100%/a & b/$x/vault"] {
            let (this, other) = (job(program, &format!("/{AWKWARD}")), job("/opt/other/vault", "/v"));
            for text in [systemd::units(&this).unwrap()[0].text.as_str(), &launchd::agent(&this).text] {
                assert!(starts(text, &this) && !starts(text, &other), "{text}");
            }
        }
    }
}
