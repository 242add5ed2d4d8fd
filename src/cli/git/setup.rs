//! `vault git-setup`: drivers and a hook for this clone. Git shares neither between clones.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::program::{Git, GitError};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::palette::Meaning;
use crate::cli::report::{Page, Report};
use crate::engine::Error;
use crate::format::caps;
use crate::format::static_files::STATIC_FILES;
use crate::store::Root;

/// Teach git to merge and to show the documents of this vault
#[derive(Debug, Args)]
#[command(
    long_about = "Teach git to merge and to show the documents of this vault.\n\n\
        Sets a merge driver and a diff driver for this clone, and a pre-commit hook that checks staged documents and refuses \
        plain identities. With --scan the hook also searches what is staged for values of the vault, for which it needs your \
        identity; it never asks for it. A hook that is there already is kept; what to add to it is printed.",
    after_help = "Examples:\n  \
        vault git-setup                      check documents before each commit\n  \
        vault git-setup --scan               and refuse a commit that brings a value in plain text, or cannot be searched\n  \
        vault git-setup --scan=if-unlocked   let a commit pass with a warning where the identity is locked"
)]
pub(in crate::cli) struct SetupArgs {
    /// Search what is committed for values of the vault, too [possible values: always, if-unlocked]
    #[arg(long, value_name = "WHEN", value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "always", hide_possible_values = true)]
    scan: Option<ScanWhen>,
}

/// What becomes of a commit where the identity is not at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum ScanWhen {
    /// It is refused.
    Always,
    /// It passes with a warning.
    IfUnlocked,
}

#[derive(Serialize)]
struct SetupReport {
    #[serde(rename = "Repository")]
    repository: String,
    #[serde(rename = "MergeDriver")]
    driver: String,
    #[serde(rename = "PreCommitHook")]
    hook: String,
    #[serde(rename = "HookWritten")]
    hook_written: bool,
    #[serde(rename = "HookLine", skip_serializing_if = "Option::is_none")]
    line: Option<String>,
}

pub(in crate::cli) fn set_up(args: &SetupArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let git = Git::around(vault.path())?;
    let program = program()?;
    let driver = format!("{program} git-merge %O %A %B %P");
    let hook = Hook::of(&git, &program, args.scan)?;
    let attributes = Attributes::of(vault.path())?;
    if !context.global.dry_run {
        for (key, value) in [
            ("merge.vault.name", "documents of a vault"),
            ("merge.vault.driver", driver.as_str()),
            // With several common ancestors, git merges those first; a conflict there must not decide anything.
            ("merge.vault.recursive", "binary"),
            ("diff.vault.textconv", &format!("{program} git-textconv")),
        ] {
            git.run(&["config", "--local", key, value])?;
        }
        attributes.write()?;
    }
    let hook_written = !context.global.dry_run && hook.write()?;
    let line = (!hook_written && !hook.is_there()).then(|| hook.missing().join("\n"));
    context.finish(&vault);
    context.ui.report(&SetupReport {
        repository: git.top.display().to_string(),
        driver,
        hook: hook.path.display().to_string(),
        hook_written,
        line,
    })?;
    Ok(())
}

/// How git should call this program: by its name where that leads here, else by its path.
fn program() -> CliResult<String> {
    let here = fs::canonicalize(std::env::current_exe()?)?;
    let found = Context::trusted_search_directories().into_iter().map(|directory| directory.join("vault"));
    let first = found.into_iter().find(|path| path.is_file()).and_then(|path| fs::canonicalize(path).ok());
    Ok(if first.as_deref() == Some(&here) { "vault".to_owned() } else { quoted(&here.to_string_lossy()) })
}

/// A word for `sh`.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// The attributes say which files are documents. `vault init` writes them; an older vault may have none.
///
/// A clone has what somebody pushed: a link in their place would be another file of the user's.
struct Attributes {
    root: Root,
    present: Vec<u8>,
}

impl Attributes {
    const PATH: &str = ".gitattributes";

    fn of(vault: &Path) -> Result<Self, Error> {
        let root = Root::open(vault)?;
        let present = root.read(Self::PATH, caps::SMALL_DOCUMENT)?.unwrap_or_default();
        Ok(Attributes { root, present })
    }

    /// Adds the lines that are missing; the others are the user's.
    fn write(self) -> Result<(), Error> {
        let wanted = STATIC_FILES.iter().find(|(path, _)| *path == Self::PATH).map_or("", |(_, text)| *text);
        let is_there = |line: &str| {
            self.present.split(|byte| *byte == b'\n').any(|other| other.trim_ascii_end() == line.as_bytes())
        };
        let missing: Vec<&str> = wanted.lines().filter(|line| !is_there(line)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let gap = if self.present.is_empty() || self.present.ends_with(b"\n") { "" } else { "\n" };
        let added = format!("{gap}{}\n", missing.join("\n"));
        Ok(self.root.replace(Self::PATH, &[&self.present, added.as_bytes()].concat())?)
    }
}

/// The hook that runs before each commit.
struct Hook {
    path: PathBuf,
    lines: Vec<String>,
    /// How a line begins that this command has written.
    call: String,
    is_ours: bool,
}

const HEAD: [&str; 2] = ["#!/bin/sh", "# Checks staged documents of the vault; see `vault git-setup`."];

impl Hook {
    fn of(git: &Git, program: &str, scan: Option<ScanWhen>) -> Result<Self, GitError> {
        let path = git.line(&["rev-parse", "--git-path", "hooks/pre-commit"])?;
        let common = git.line(&["rev-parse", "--git-common-dir"])?;
        let (path, common) = (git.top.join(path), git.top.join(common));
        let directory = git.outside("");
        let directory = if directory.is_empty() { "." } else { directory.trim_end_matches('/') };
        let call = format!("{program} --vault {} ", quoted(directory));
        // Nobody may be there to answer a question: a commit must not wait for one.
        let checks = std::iter::once("verify --staged").chain(scan.map(|when| match when {
            ScanWhen::Always => "--no-input scan --staged",
            ScanWhen::IfUnlocked => "--no-input scan --staged --if-unlocked",
        }));
        let lines = checks.map(|check| format!("{call}{check} || exit 1")).collect();
        // A directory of hooks that is shared by all repositories is not ours to fill.
        Ok(Hook { is_ours: path.starts_with(common), path, lines, call })
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.path).unwrap_or_default()
    }

    /// The lines that are not there.
    fn missing(&self) -> Vec<String> {
        let text = self.text();
        self.lines.iter().filter(|line| !text.lines().any(|other| other == *line)).cloned().collect()
    }

    fn is_there(&self) -> bool {
        self.missing().is_empty()
    }

    /// Whether there is nothing in the hook but what this command has written.
    fn is_own_work(&self) -> bool {
        let is_known = |line: &str| HEAD.contains(&line) || line.starts_with(&self.call);
        !self.path.is_symlink() && self.path.is_file() && self.text().lines().all(is_known)
    }

    /// Writes the hook unless there is another one; says whether it did.
    fn write(&self) -> CliResult<bool> {
        let is_there = self.path.symlink_metadata().is_ok();
        if !self.is_ours || (is_there && (self.is_there() || !self.is_own_work())) {
            return Ok(false);
        }
        if let Some(parent) = self.path.parent() {
            fs::create_dir_all(parent)?;
        }
        // Beside it first: a commit that is made meanwhile runs the old or the new hook.
        let temporary = self.path.with_file_name(format!(".pre-commit.{}.tmp", std::process::id()));
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o755).open(&temporary)?;
        file.set_permissions(fs::Permissions::from_mode(0o755))?;
        write!(file, "{}\n{}\n", HEAD.join("\n"), self.lines.join("\n"))?;
        fs::rename(&temporary, &self.path)?;
        Ok(true)
    }
}

impl Report for SetupReport {
    fn text(&self, page: &mut Page) {
        let repository = page.paint(Meaning::Name, &self.repository);
        page.line(format!("git merges and shows documents of the vault in {repository}"));
        let hook = page.paint(Meaning::Name, &self.hook);
        match &self.line {
            None => page.line(format!("{hook} checks what is committed")),
            Some(lines) => {
                page.line(format!("{hook} was left as it is; add to it:"));
                for line in lines.lines() {
                    let line = page.paint(Meaning::Plain, line);
                    page.line(format!("  {line}"));
                }
                page
            }
        };
    }
}
