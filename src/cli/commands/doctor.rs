//! `vault doctor`: what keeps this machine from working well with a vault, and the command that fixes it.

mod agent;
mod audit;
mod check;
mod clipboard;
mod clock;
mod completions;
mod directories;
mod editor;
mod git;
mod hooks;
mod identity;
mod keyring;
mod leftovers;
mod man;
mod process;
mod status;
mod timer;
mod vault;

use clap::Args;
use serde::Serialize;

use self::check::{Check, Examination, Level, Line};
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::exit::Exit;
use crate::cli::report::count::Count;
use crate::cli::session::Look;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;

/// Check this machine's setup, and fix what can be fixed safely
#[derive(Debug, Args)]
#[command(
    long_about = "Check this machine's setup: your identity, the unlock agent, permissions, git, hooks that wait for \
        approval, what a crash left behind, timers, completions and man pages.\n\n\
        Each check is one line: `ok`, `warn` or `error`, with the command that fixes it. It never prompts. With --fix \
        it does what is safe, and says what it did: private files are closed to other users, files of killed \
        processes removed, and git's setup and the man pages brought up to date. Exits with 8 if there is an error.",
    after_help = "Examples:\n  \
        vault doctor\n  \
        vault doctor --fix\n  \
        vault doctor --fix --dry-run     say what would be fixed"
)]
pub(crate) struct DoctorArgs {
    /// Fix what can be fixed safely
    #[arg(long)]
    fix: bool,
}

/// Every check, in the order of the report. A new one is a line here and a file below `doctor/`.
const CHECKS: &[(&str, Check)] = &[
    ("vault", |it| Ok(vec![vault::check(it)])),
    ("identity", identity::check),
    ("agent", agent::check),
    ("keyring", keyring::check),
    ("directories", directories::check),
    ("process", |_| Ok(vec![process::check()])),
    ("clock", clock::check),
    ("git", git::check),
    ("hooks", hooks::check),
    ("audit", |it| Ok(audit::check(it).into_iter().collect())),
    ("timer", timer::check),
    ("leftovers", leftovers::check),
    ("editor", editor::check),
    ("clipboard", |_| Ok(vec![clipboard::check()])),
    ("completions", |_| Ok(completions::check().into_iter().collect())),
    ("man", man::check),
    ("status", |it| Ok(status::check(it).into_iter().collect())),
];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DoctorReport {
    checks: Vec<CheckView>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CheckView {
    check: &'static str,
    #[serde(flatten)]
    line: Line,
}

pub(crate) fn run(args: &DoctorArgs, context: &mut Context) -> CliResult<()> {
    context.ask_nobody();
    let opened = context.open_to_look();
    let (vault, unopened) = match &opened {
        Ok(look) => (Some(&***look), None),
        Err(error) => (None, Some(error)),
    };
    let mut examination = Examination { context, vault, unopened, fix: args.fix };
    let checks: Vec<CheckView> =
        CHECKS.iter().flat_map(|(name, check)| views(name, *check, &mut examination)).collect();
    let _ = opened.map(Look::leave);
    let is_wrong = checks.iter().any(|it| it.line.is(Level::Error));
    context.ui.report(&DoctorReport { checks })?;
    if is_wrong { Err(CliError::Reported(Exit::Check)) } else { Ok(()) }
}

/// The lines of one check. A check that fails hides no other.
fn views(name: &'static str, check: Check, examination: &mut Examination<'_>) -> Vec<CheckView> {
    let lines = check(examination).unwrap_or_else(|error| vec![Line::failed(&error)]);
    lines.into_iter().map(|line| CheckView { check: name, line }).collect()
}

impl Report for DoctorReport {
    fn text(&self, page: &mut Page) {
        let width = CHECKS.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
        for CheckView { check, line: Line { level, message, command, fixed } } in &self.checks {
            let (meaning, word) = match level {
                _ if *fixed && page.is_of_dry_run() => (Meaning::Note, "would"),
                _ if *fixed => (Meaning::Note, "fixed"),
                Level::Ok => (Meaning::Label, "ok"),
                Level::Warning => (Meaning::Warning, "warn"),
                Level::Error => (Meaning::Error, "error"),
            };
            let gap = " ".repeat(7 - word.len());
            let head = format!("{}{gap}{check:width$}  ", page.paint(meaning, word));
            page.hanging(&head, 7 + width + 2, message);
            if let Some(command) = command {
                page.hanging(&" ".repeat(7 + width + 2), 7 + width + 2, command);
            }
        }
        let count = |level: Level| self.checks.iter().filter(|it| it.line.is(level)).count();
        let (errors, warnings) = (count(Level::Error), count(Level::Warning));
        page.line(match (errors, warnings) {
            (0, 0) => "nothing is wrong".to_owned(),
            _ => format!("{}, {}", Count::of(errors, "error"), Count::of(warnings, "warning")),
        });
    }
}
