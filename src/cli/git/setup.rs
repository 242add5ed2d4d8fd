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
use crate::store::static_files::STATIC_FILES;

/// Teach git to merge and to show the documents of this vault
#[derive(Debug, Args)]
#[command(long_about = "Teach git to merge and to show the documents of this vault.\n\n\
    Sets a merge driver and a diff driver for this clone, and a pre-commit hook that checks staged documents and refuses \
    plain identities. A hook that is there already is kept; what to add to it is printed.")]
pub(in crate::cli) struct SetupArgs {}

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

pub(in crate::cli) fn set_up(_: &SetupArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let git = Git::around(vault.path())?;
    let program = program()?;
    let driver = format!("{program} git-merge %O %A %B %P");
    let hook = Hook::of(&git, &program)?;
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
        write_attributes(vault.path())?;
    }
    let hook_written = !context.global.dry_run && hook.write()?;
    let line = (!hook_written && !hook.is_there()).then(|| hook.line.clone());
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
fn write_attributes(vault: &Path) -> CliResult<()> {
    let wanted = STATIC_FILES.iter().find(|(path, _)| *path == ".gitattributes").map_or("", |(_, text)| *text);
    let path = vault.join(".gitattributes");
    let present = fs::read_to_string(&path).unwrap_or_default();
    let missing: Vec<&str> = wanted.lines().filter(|line| !present.lines().any(|other| other == *line)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let gap = if present.is_empty() || present.ends_with('\n') { "" } else { "\n" };
    Ok(fs::write(path, format!("{present}{gap}{}\n", missing.join("\n")))?)
}

/// The hook that runs before each commit.
struct Hook {
    path: PathBuf,
    line: String,
    is_ours: bool,
}

impl Hook {
    fn of(git: &Git, program: &str) -> Result<Self, GitError> {
        let path = git.line(&["rev-parse", "--git-path", "hooks/pre-commit"])?;
        let common = git.line(&["rev-parse", "--git-common-dir"])?;
        let (path, common) = (git.top.join(path), git.top.join(common));
        let directory = git.outside("");
        let directory = if directory.is_empty() { "." } else { directory.trim_end_matches('/') };
        let line = format!("{program} --vault {} verify --staged || exit 1", quoted(directory));
        // A directory of hooks that is shared by all repositories is not ours to fill.
        Ok(Hook { is_ours: path.starts_with(common), path, line })
    }

    fn is_there(&self) -> bool {
        fs::read_to_string(&self.path).is_ok_and(|text| text.lines().any(|line| line == self.line))
    }

    /// Writes the hook unless there is one; says whether it did.
    fn write(&self) -> CliResult<bool> {
        if !self.is_ours || self.path.symlink_metadata().is_ok() {
            return Ok(false);
        }
        if let Some(parent) = self.path.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o755).open(&self.path)?;
        file.set_permissions(fs::Permissions::from_mode(0o755))?;
        write!(file, "#!/bin/sh\n# Checks staged documents of the vault; see `vault git-setup`.\n{}\n", self.line)?;
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
            Some(line) => {
                let line = page.paint(Meaning::Plain, line);
                page.line(format!("{hook} was left as it is; add this line to it:")).line(format!("  {line}"))
            }
        };
    }
}
