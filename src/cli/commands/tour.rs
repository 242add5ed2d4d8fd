//! `vault tour`: the main ideas, run for real in a temporary vault.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;

use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::CliResult;
use crate::cli::terminal::prompt::PromptError;
use crate::cli::terminal::{Meaning, Question, signal};

/// See the main ideas in a temporary vault
#[derive(Debug, Args)]
#[command(long_about = "See the main ideas in a temporary vault. Each step is a real command, shown with its output. \
    Nothing outside a temporary directory is read or changed, and the directory is removed at the end.")]
pub(crate) struct TourArgs {
    /// Do not wait between steps
    #[arg(short, long)]
    yes: bool,
}

/// What to say, and the command to run.
const STEPS: [(&str, &[&str]); 9] = [
    (
        "A vault is a directory, .vault, made for git. You are its first member; a recovery key opens it if everything else is lost.",
        &["init", "--no-input", "--plaintext-identity", "--recovery-file", "recovery.txt"],
    ),
    (
        "Values have names like paths. This one is random: nobody has to see it.",
        &["param", "put", "/shop/dev/db/password", "--generate", "--label", "current"],
    ),
    (
        "Values that are not secret can be plain text. They are signed, too.",
        &["param", "put", "/shop/dev/db/host", "db.internal", "--type", "String"],
    ),
    (
        "A program gets the values below a path in its environment, and nowhere else.",
        &["exec", "/shop/dev", "--", "sh", "-c", "echo \"host $DB_HOST, password of ${#DB_PASSWORD} characters\""],
    ),
    (
        "A new value is a new version. Versions are immutable.",
        &["param", "put", "/shop/dev/db/password", "--generate", "--overwrite"],
    ),
    (
        "Labels point to versions. Moving one is an instant rollback, or a release.",
        &["label", "move", "/shop/dev/db/password", "current", "--to", "2"],
    ),
    ("The history shows who changed what and when.", &["param", "history", "/shop/dev/db/password"]),
    ("Names stay readable in git; this is what a colleague sees.", &["param", "ls", "--tree"]),
    ("Everything can be verified: signatures, paths, values, and that nothing was rolled back.", &["verify"]),
];

pub(crate) fn run(args: &TourArgs, context: &mut Context) -> CliResult<()> {
    let place = Place::new()?;
    let left = place.0.clone();
    let _removed_on_signals = signal::before_end(move || drop(fs::remove_dir_all(left)))?;
    for (words, command) in STEPS {
        let mut page = context.ui.page();
        page.line("").line(words);
        let typed = page.paint(Meaning::Name, &shown(command));
        page.line(format!("$ {typed}"));
        context.ui.show(&page)?;
        let output = place.command(command)?.output()?;
        context.ui.bytes(&output.stdout)?;
        context.ui.bytes(&output.stderr)?;
        if !args.yes && !go_on(context)? {
            break;
        }
    }
    let mut page = context.ui.page();
    page.line("").line("That's it. The temporary vault has been removed. Start with your own:");
    page.line("  vault init");
    Ok(context.ui.show(&page)?)
}

/// If prompting is not possible, the tour continues by itself.
fn go_on(context: &Context) -> CliResult<bool> {
    let question = Question { text: "Go on?", what: "an answer", flag: "`--yes`" };
    match context.prompter.confirm(question, Some(true)) {
        Err(PromptError::InputNeeded { .. }) => Ok(true),
        answer => Ok(answer?),
    }
}

fn shown(command: &[&str]) -> String {
    let quoted = |word: &&str| if word.contains(' ') { format!("'{word}'") } else { (*word).to_owned() };
    format!("vault {}", command.iter().map(quoted).collect::<Vec<_>>().join(" "))
}

/// A separate directory with a home in it, removed when the tour ends.
struct Place(PathBuf);

impl Place {
    fn new() -> io::Result<Self> {
        let name = format!("vault-tour-{:016x}", rand::random::<u64>());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path)?;
        Ok(Place(path))
    }

    /// This program, with nothing of the user's but the search path.
    fn command(&self, arguments: &[&str]) -> io::Result<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments).current_dir(&self.0).stdin(Stdio::null()).env_clear();
        command.env("HOME", self.home()).env("USER", "you").envs(env::search_path().map(|path| ("PATH", path)));
        Ok(command)
    }

    fn home(&self) -> &Path {
        &self.0
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
