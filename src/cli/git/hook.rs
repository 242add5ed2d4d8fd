//! The hook that runs before each commit.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::PathBuf;

use super::calls::Calls;
use super::error::GitError;
use super::program::{Git, pathspec};
use crate::cli::error::CliResult;
use crate::model::shell::quoted;

/// What happens to a commit if the identity is not available.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ScanWhen {
    /// It is refused.
    Always,
    /// It passes with a warning.
    IfUnlocked,
}

/// The hook as it is, and the lines that should be in it.
pub(crate) struct Hook {
    pub(crate) path: PathBuf,
    lines: Vec<String>,
    /// Every line that some version of this command has written, without the program's path.
    known: Vec<String>,
    /// The vault, from the top of the repository.
    directory: String,
    is_ours: bool,
}

const HEAD: [&str; 2] = ["#!/bin/sh", "# Checks staged documents of the vault; see `vault git-setup`."];
const VERIFY: &str = "verify --staged || exit 1";
const SCAN: [(ScanWhen, &str); 2] = [
    (ScanWhen::Always, "--no-input scan --staged || exit 1"),
    (ScanWhen::IfUnlocked, "--no-input scan --staged --if-unlocked || exit 1"),
];

impl Hook {
    pub(crate) fn of(git: &Git, calls: &Calls, scan: Option<ScanWhen>) -> Result<Self, GitError> {
        let path = of_husky(git.own_file("hooks/pre-commit")?);
        let common = git.top.join(git.line(&["rev-parse", "--git-common-dir"])?);
        // Running the setup again removes no check.
        let scan = scan.or_else(|| scan_of(&fs::read_to_string(&path).unwrap_or_default()));
        let known = [None, Some(ScanWhen::Always), Some(ScanWhen::IfUnlocked)];
        let known = known.iter().flat_map(|scan| lines(git, calls, *scan).split_off(1)).collect();
        // We must not write into a hook directory shared by all repositories.
        Ok(Hook {
            is_ours: path.starts_with(common),
            path,
            lines: lines(git, calls, scan),
            known,
            directory: directory(git),
        })
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.path).unwrap_or_default()
    }

    /// The lines, if they are missing.
    pub(crate) fn missing(&self) -> Option<String> {
        let lines = self.lines.join("\n");
        (!self.text().contains(&lines)).then_some(lines)
    }

    /// Whether an older version of this command has written the hook, or one for another program.
    pub(crate) fn is_outdated(&self) -> bool {
        self.is_ours && self.is_own_work() && self.missing().is_some()
    }

    /// Whether there is no such file, and we must not write it.
    pub(crate) fn is_elsewhere(&self) -> bool {
        !self.is_ours && self.path.symlink_metadata().is_err()
    }

    /// Whether the hook contains only what some version of this command has written.
    fn is_own_work(&self) -> bool {
        let directory = format!(" --vault {} ", quoted(&self.directory));
        let checks = || SCAN.iter().map(|(_, check)| *check).chain([VERIFY]);
        // The first version wrote one line for each check.
        let is_old = |line: &str| line.contains(&directory) && checks().any(|check| line.ends_with(check));
        let is_known = |line: &str| {
            HEAD.contains(&line) || line.starts_with("vault=") || is_old(line) || self.known.iter().any(|it| it == line)
        };
        !self.path.is_symlink() && self.path.is_file() && self.text().lines().all(is_known)
    }

    /// Whether it searches what is committed for values.
    pub(crate) fn scans(&self) -> bool {
        scan_of(&self.lines.join("\n")).is_some()
    }

    /// Whether [`Hook::write`] writes it: unless there is another one.
    pub(crate) fn would_write(&self) -> bool {
        let is_there = self.path.symlink_metadata().is_ok();
        self.is_ours && (!is_there || (self.missing().is_some() && self.is_own_work()))
    }

    /// Writes the hook unless there is another one; returns whether it did.
    pub(crate) fn write(&self) -> CliResult<bool> {
        if !self.would_write() {
            return Ok(false);
        }
        if let Some(parent) = self.path.parent() {
            fs::create_dir_all(parent)?;
        }
        // Written beside it first: a concurrent commit runs the old or the new hook.
        let temporary = self.path.with_file_name(format!(".pre-commit.{}.tmp", std::process::id()));
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o755).open(&temporary)?;
        file.set_permissions(fs::Permissions::from_mode(0o755))?;
        write!(file, "{}\n{}\n", HEAD.join("\n"), self.lines.join("\n"))?;
        fs::rename(&temporary, &self.path)?;
        Ok(true)
    }
}

/// The lines of a hook; the first one names the program. Without it, a commit that does not touch the vault passes,
/// unless every commit has to be searched.
fn lines(git: &Git, calls: &Calls, scan: Option<ScanWhen>) -> Vec<String> {
    let directory = quoted(&directory(git));
    let call = |check: &str| format!("    \"$vault\" --vault {directory} {check}");
    let mut lines = vec![format!("vault={}", calls.program()), "if [ -x \"$vault\" ]; then".to_owned(), call(VERIFY)];
    // A commit must not wait for an answer, because nobody may be there to give one.
    lines.extend(SCAN.iter().filter(|(when, _)| scan == Some(*when)).map(|(_, check)| call(check)));
    lines.push(match scan {
        Some(ScanWhen::Always) => "else".to_owned(),
        _ => format!("elif ! git diff --cached --quiet -- {}; then", quoted(&pathspec(git))),
    });
    let why = "is missing and cannot check this commit; run 'vault git-setup' again";
    lines.extend([format!("    echo \"$vault {why}\" >&2"), "    exit 1".to_owned(), "fi".to_owned()]);
    lines
}

/// Husky writes what git runs, in `.husky/_`, anew whenever it is installed; that runs the hook of the user beside it.
fn of_husky(path: PathBuf) -> PathBuf {
    let (leaf, directory) = (path.file_name(), path.parent());
    let own = directory.filter(|it| it.ends_with(".husky/_")).and_then(|it| Some(it.parent()?.join(leaf?)));
    own.unwrap_or(path)
}

fn directory(git: &Git) -> String {
    if git.prefix.is_empty() { ".".to_owned() } else { git.prefix.trim_end_matches('/').to_owned() }
}

/// How a hook searches what is committed.
fn scan_of(text: &str) -> Option<ScanWhen> {
    SCAN.iter().find(|(_, check)| text.lines().any(|line| line.ends_with(check))).map(|(when, _)| *when)
}
