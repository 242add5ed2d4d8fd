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

use self::install::{UnitFile, install};
use self::job::{Interval, Job, TimerError};
pub(crate) use self::launchd::escaped;
pub(crate) use self::systemd::quoted;
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::{CliError, CliResult};
use crate::cli::terminal::ask::Terminal;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::prompt::{Interaction, Prompter};
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
    /// How often
    #[arg(long, value_enum, default_value_t = Every::Hour)]
    every: Every,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Every {
    Quarter,
    Hour,
    Day,
}

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
    let job = Job::new(&program, vault.path(), identity.as_deref(), args.every.into()).map_err(refused)?;
    vault.finish(context);
    if args.install && !context.global.dry_run {
        require_openable(identity.as_deref())?;
    }
    let default = if cfg!(target_os = "macos") { Kind::Launchd } else { Kind::Systemd };
    let report = match args.kind.unwrap_or(default) {
        Kind::Cron if args.install => {
            return Err(CliError::Usage {
                message: "this command does not write a crontab".into(),
                hint: "add the line with `crontab -e`, or omit `--for cron`".into(),
            });
        }
        Kind::Cron => printed([crontab::line(&job).map_err(refused)? + "\n"]),
        Kind::Systemd => {
            let files = systemd::units(&job).map_err(refused)?;
            placed(
                &files,
                args.install,
                &env::user_units()?,
                || format!("systemctl --user daemon-reload && systemctl --user enable --now {}.timer", job.name()),
                context,
            )?
        }
        Kind::Launchd => {
            let files = [launchd::agent(&job)];
            let directory = env::launch_agents()?;
            let path = directory.join(&files[0].leaf);
            placed(&files, args.install, &directory, || format!("launchctl load '{}'", path.display()), context)?
        }
    };
    if let Some(start) = &report.start {
        context.ui.note(format!("start it with `{start}`"));
    }
    context.ui.report(&report)?;
    Ok(())
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
    let program = std::env::current_exe()?;
    let Ok(job) = Job::new(&program, vault, None, Interval::Hourly) else { return Ok(Installed::Nothing) };
    let places = [
        env::user_units()?.join(format!("{}.service", job.name())),
        env::launch_agents()?.join(launchd::agent(&job).leaf),
    ];
    let found = places.into_iter().find_map(|path| Some((std::fs::read_to_string(&path).ok()?, path)));
    Ok(match found {
        None => Installed::Nothing,
        Some((text, path)) if text.contains(&*program.to_string_lossy()) => Installed::ForThis(path),
        Some((_, path)) => Installed::ForOther(path),
    })
}

/// Refuses a timer that could not open an identity: it has no terminal, no agent and none of these variables.
fn require_openable(identity: Option<&Path>) -> CliResult<()> {
    let sources = Sources { identity_file: identity.map(Path::to_owned), ..Sources::configured(Context::config()?) };
    let prompter = Prompter::new(Interaction::Forbidden);
    let nobody: Arc<dyn Ask> = Arc::new(Terminal { prompter, is_verbose: false, passphrase: None });
    find::find(&sources, &nobody).map(drop).map_err(|error| CliError::Usage {
        message: format!("the timer could not open an identity without a prompt: {error}"),
        hint: "give it a file that opens without a passphrase: `vault rotate timer --install --identity FILE`".into(),
    })
}

fn placed(
    files: &[UnitFile],
    install_them: bool,
    directory: &Path,
    start: impl Fn() -> String,
    context: &Context,
) -> CliResult<TimerReport> {
    if !install_them || context.global.dry_run {
        return Ok(printed(files.iter().map(|file| format!("# {}\n{}", file.leaf, file.text))));
    }
    let paths = install(files, directory)?;
    let with_path = |(file, path): (&UnitFile, PathBuf)| TimerFile {
        path: Some(path.display().to_string()),
        text: file.text.clone(),
    };
    Ok(TimerReport { files: files.iter().zip(paths).map(with_path).collect(), start: Some(start()) })
}

fn printed(texts: impl IntoIterator<Item = String>) -> TimerReport {
    let files = texts.into_iter().map(|text| TimerFile { path: None, text });
    TimerReport { files: files.collect(), start: None }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn refused(error: TimerError) -> CliError {
    CliError::Usage {
        message: error.to_string(),
        hint: "move the program or the vault, or use another kind of timer".into(),
    }
}

impl From<Every> for Interval {
    fn from(every: Every) -> Self {
        match every {
            Every::Quarter => Interval::QuarterHourly,
            Every::Hour => Interval::Hourly,
            Every::Day => Interval::Daily,
        }
    }
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
