//! `vault restore`: restores a vault from a backup, verified before it appears.

mod comparison;
mod open;

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::verify;
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::CliResult;
use crate::cli::input::backup_error::BackupError;
use crate::cli::report::count::Count;
use crate::cli::report::finding;
use crate::cli::report::fingerprint::words_of_vault;
use crate::cli::terminal::{Meaning, Page, Report, signal};
use crate::engine::{self, CheckpointDemand, Staging, Standing, Vault, Verification};

/// Restore a vault from a backup
#[derive(Debug, Args)]
#[command(
    long_about = "Restore a vault from a backup.\n\n\
        The backup is unpacked beside the target, and everything in it is verified, before the vault is moved into \
        place in one step. An existing vault is not touched without --replace; then it is kept under another name. A \
        state older than what this machine has seen is restored only if you confirm it.",
    after_help = "Examples:\n  \
        vault restore shop.age                          into .vault here\n  \
        vault --identity recovery.txt restore shop.age  with the recovery key\n  \
        vault restore shop.age --replace                the old one is kept beside it"
)]
pub(crate) struct RestoreArgs {
    /// The file of the backup
    #[arg(value_hint = clap::ValueHint::FilePath)]
    file: PathBuf,
    /// Directory in which to create .vault [default: this one]
    #[arg(value_hint = clap::ValueHint::DirPath, conflicts_with = "personal")]
    directory: Option<PathBuf>,
    /// Restore the personal vault in your data directory
    #[arg(long)]
    personal: bool,
    /// Open it with the passphrase in the first line of this file
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    passphrase_file: Option<PathBuf>,
    /// Replace an existing vault, which is kept under another name
    #[arg(long)]
    replace: bool,
    /// Accept that the backup is older than what this machine has seen
    #[arg(long)]
    older: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RestoreReport {
    vault: String,
    directory: String,
    files: usize,
    documents: usize,
    values: usize,
    #[serde(rename = "ValuesNotOpened")]
    unread: usize,
    #[serde(rename = "OlderThanSeen", skip_serializing_if = "Vec::is_empty")]
    older: Vec<String>,
    #[serde(rename = "KeptAside", skip_serializing_if = "Option::is_none")]
    aside: Option<String>,
    dry_run: bool,
}

pub(crate) fn run(args: &RestoreArgs, context: &mut Context) -> CliResult<()> {
    let target = context.new_place(args.directory.as_deref(), args.personal)?;
    let (input, found) = open::backup(args, context)?;
    let staging = Staging::beside(&target);
    let doomed = staging.directory().to_owned();
    let guard = signal::before_end(move || drop(fs::remove_dir_all(doomed)))?;
    let files = engine::unpack(input, staging.directory(), |done| context.ui.progress("unpacked", done))?;
    context.ui.progress_done();
    let vault = open::unpacked(staging.directory(), found, context)?;
    let verification = verified(&vault, context)?;
    // To the end: what is compared, and agreed to, is what is kept aside.
    let _held = if args.replace && !context.global.dry_run { engine::hold(&target, vault.id())? } else { None };
    let there = comparison::compare_with_place(args, &vault, &target, context)?;
    let memory = vault.standing_to_memory(&env::state_directory()?, &target)?;
    comparison::accept_older(args, &memory, there.as_ref(), context)?;
    let aside = there.map(|_| aside(&target, context));
    if !context.global.dry_run {
        // First: a crash in between must leave a vault that this machine takes, whether old or restored.
        settle(&vault, &target, &memory, context)?;
        // From here on the name may refer to the previous vault.
        drop(guard);
        match &aside {
            Some(aside) => staging.replace(aside)?,
            None => staging.publish()?,
        }
    }
    if memory.is_behind() {
        context.ui.note(
            "machines that have seen newer documents will report a rollback; `vault accept NAME` there accepts each of them",
        );
    }
    let report = report(&vault, &target, files, &verification, &memory, aside.as_deref(), context);
    Ok(context.ui.report(&report)?)
}

fn verified(vault: &Vault<'_>, context: &mut Context) -> CliResult<Verification> {
    let mut verification = verify::everything(vault, CheckpointDemand::IfPresent, context)?;
    let findings: Vec<String> = verification.findings.drain(..).map(|finding| finding::message(&finding)).collect();
    if findings.is_empty() {
        return Ok(verification);
    }
    Err(BackupError::Damaged { what: "the vault in the backup", findings }.into())
}

/// Lets this machine remember the restored state. Where it cannot, it must not hold against the vault what it remembers.
fn settle(vault: &Vault<'_>, target: &Path, memory: &Standing, context: &mut Context) -> CliResult<()> {
    match vault.remember_restored(&env::state_directory()?, target) {
        Err(error) if !memory.is_behind() => {
            context.ui.warning(format!("this machine cannot remember what it saw: {error}"));
            Ok(())
        }
        settled => Ok(settled?),
    }
}

/// An unused name beside it for the existing vault.
fn aside(target: &Path, context: &Context) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let stamp: String = context.now.to_string().chars().filter(char::is_ascii_alphanumeric).collect();
    let names = std::iter::once(format!("{name}.before-{stamp}"))
        .chain((2..).map(|number| format!("{name}.before-{stamp}-{number}")));
    let mut paths = names.map(|name| target.with_file_name(name));
    paths.find(|path| path.symlink_metadata().is_err()).unwrap_or_default()
}

fn report(
    vault: &Vault<'_>,
    target: &Path,
    files: usize,
    verification: &Verification,
    memory: &Standing,
    aside: Option<&Path>,
    context: &Context,
) -> RestoreReport {
    RestoreReport {
        vault: vault.id().to_string(),
        directory: target.display().to_string(),
        files,
        documents: verification.documents,
        values: verification.values,
        unread: verification.unread,
        older: memory.behind.iter().map(|behind| behind.path.clone()).collect(),
        aside: aside.map(|path| path.display().to_string()),
        dry_run: context.global.dry_run,
    }
}

impl Report for RestoreReport {
    fn text(&self, page: &mut Page) {
        let unread = if self.unread == 0 { String::new() } else { format!(", {} not opened", self.unread) };
        let (documents, values) = (Count::of(self.documents, "document"), Count::of(self.values, "value"));
        let verb = if self.dry_run { "could be restored" } else { "restored" };
        page.fields([
            (verb, Meaning::Name, self.directory.clone()),
            ("id", Meaning::Plain, self.vault.clone()),
            ("words", Meaning::Plain, words_of_vault(&self.vault)),
            ("verified", Meaning::Plain, format!("{documents}, {values} opened{unread}")),
        ]);
        if let Some(aside) = &self.aside {
            let aside = page.paint(Meaning::Name, aside);
            page.line(if self.dry_run {
                format!("the existing vault would be kept as {aside}")
            } else {
                format!("the previous vault is in {aside}; remove it when you are sure")
            });
        }
    }
}
