//! `vault git-setup`: drivers and a hook for this clone. Git shares neither between clones.

use std::path::Path;

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::git::calls::Calls;
use crate::cli::git::hook::{Hook, ScanWhen};
use crate::cli::git::plain_file::is_unignored;
use crate::cli::git::program::Git;
use crate::cli::terminal::{Meaning, Page, Report};
use crate::engine::Error;
use crate::format::caps;
use crate::format::static_files::STATIC_FILES;
use crate::store::{Directory, Files};

/// Configure git to merge and diff the documents of this vault
#[derive(Debug, Args)]
#[command(
    long_about = "Configure git to merge and diff the documents of this vault.\n\n\
        Sets up a merge driver and a diff driver for this clone, and a pre-commit hook that checks staged documents \
        and refuses plain identities. With --scan the hook also searches staged changes for values of the vault; for \
        that it needs your identity, but never prompts for it. An existing hook is kept, and the lines to add to it \
        are printed.",
    after_help = "Examples:\n  \
        vault git-setup                      check documents before each commit\n  \
        vault git-setup --scan               and refuse values in plain text\n  \
        vault git-setup --scan=if-unlocked   only warn if the identity is locked"
)]
pub(crate) struct SetupArgs {
    /// Also search commits for values of the vault [possible values: always, if-unlocked]
    #[arg(long, value_name = "WHEN", value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "always", hide_possible_values = true)]
    scan: Option<ScanWhen>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SetupReport {
    repository: String,
    #[serde(rename = "MergeDriver")]
    driver: String,
    #[serde(rename = "PreCommitHook")]
    hook: String,
    hook_written: bool,
    #[serde(rename = "HookLine", skip_serializing_if = "Option::is_none")]
    line: Option<String>,
    #[serde(skip)]
    is_elsewhere: bool,
}

pub(crate) fn run(args: &SetupArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let git = Git::around(vault.path())?;
    let calls = Calls::of_this_program()?;
    let dry_run = context.global.dry_run;
    let (hook, hook_written) = if dry_run {
        let hook = Hook::of(&git, &calls, args.scan)?;
        let is_written = hook.would_write();
        (hook, is_written)
    } else {
        set_up(vault.path(), &git, args.scan)?
    };
    let line = if hook_written { None } else { hook.missing() };
    let vault = vault.finish(context);
    context.ui.report(&SetupReport {
        repository: git.top.display().to_string(),
        driver: calls.driver(),
        hook: hook.path.display().to_string(),
        hook_written: hook_written && !dry_run,
        line,
        is_elsewhere: hook.is_elsewhere(),
    })?;
    if args.scan.is_none() && !hook.scans() {
        mention_plain_files(&git, vault.path(), context);
    }
    Ok(())
}

/// Writes the drivers, the attributes and the hook, and returns whether it wrote the hook.
pub(crate) fn set_up(vault: &Path, git: &Git, scan: Option<ScanWhen>) -> CliResult<(Hook, bool)> {
    let calls = Calls::of_this_program()?;
    let (hook, attributes) = (Hook::of(git, &calls, scan)?, Attributes::of(vault)?);
    for (key, value) in calls.settings() {
        git.run(&["config", "--local", key, &value])?;
    }
    attributes.write()?;
    let is_written = hook.write()?;
    Ok((hook, is_written))
}

/// A file with values in plain text that git does not ignore: without a scan, nothing keeps it from being committed.
fn mention_plain_files(git: &Git, vault: &Path, context: &mut Context) {
    let project = vault.parent().unwrap_or(vault);
    if let Some(name) = [".env", ".env.local", ".envrc"].iter().find(|name| is_unignored(git, &project.join(name))) {
        context.ui.note(format!(
            "git does not ignore `{name}`, and the hook lets it through: add it to .gitignore, or run `vault git-setup --scan`"
        ));
    }
}

/// The attributes say which files are documents. `vault init` writes them; an older vault may have none.
///
/// A clone contains what somebody pushed: a link in its place could point to another file of the user.
struct Attributes {
    root: Directory,
    present: Vec<u8>,
}

impl Attributes {
    const PATH: &str = ".gitattributes";

    fn of(vault: &Path) -> Result<Self, Error> {
        let root = Directory::open(vault)?;
        let present = root.read(Self::PATH, caps::SMALL_DOCUMENT)?.unwrap_or_default();
        Ok(Attributes { root, present })
    }

    /// Adds the missing lines; the others belong to the user.
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

impl Report for SetupReport {
    fn text(&self, page: &mut Page) {
        let repository = page.paint(Meaning::Name, &self.repository);
        let (merges, checks) =
            if page.is_of_dry_run() { ("would merge and show", "would check") } else { ("merges and shows", "checks") };
        page.line(format!("git {merges} documents of the vault in {repository}"));
        let hook = page.paint(Meaning::Name, &self.hook);
        let Some(lines) = &self.line else {
            page.line(format!("{hook} {checks} what is committed"));
            return;
        };
        page.line(if self.is_elsewhere {
            format!("`core.hooksPath` is set, so this hook is yours: write {hook}, executable, with:")
        } else {
            format!("{hook} already exists; add to it:")
        });
        let first = self.is_elsewhere.then_some("#!/bin/sh");
        for line in first.into_iter().chain(lines.lines()) {
            let line = page.paint(Meaning::Plain, line);
            page.line(format!("  {line}"));
        }
    }
}
