//! `vault restore`: a vault out of a backup, verified before it appears.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::backup_file::{self, BackupError};
use super::context::Context;
use super::count::Count;
use super::error::{CliError, CliResult};
use super::introduce::fingerprint;
use super::palette::Meaning;
use super::prompt::Question;
use super::report::{Page, Report};
use super::{escape, signal, verify};
use crate::crypto::identity::Identity;
use crate::engine::{self, Behind, CheckpointDemand, Place, Staging, Standing, Vault, Verification};
use crate::unlock::find;
use crate::unlock::source::{Found, Origin};

/// Bring a vault back out of a backup
#[derive(Debug, Args)]
#[command(
    long_about = "Bring a vault back out of a backup.\n\n\
        The backup is unpacked beside the place that it is for, and everything in it is verified, before the vault appears \
        there in one step. A vault that lies there stays unless you say --replace; then it is kept under another name. A \
        state that is older than what this machine has seen is restored only on purpose.",
    after_help = "Examples:\n  \
        vault restore shop.age                          into .vault in this directory\n  \
        vault --identity recovery.txt restore shop.age  on an empty machine, with the recovery key\n  \
        vault restore shop.age --replace                the vault that lies there is kept under another name"
)]
pub(super) struct RestoreArgs {
    /// The file of the backup
    #[arg(value_hint = clap::ValueHint::FilePath)]
    file: PathBuf,
    /// Directory that gets a .vault [default: this one]
    #[arg(value_hint = clap::ValueHint::DirPath, conflicts_with = "personal")]
    directory: Option<PathBuf>,
    /// Restore the personal vault in your data directory
    #[arg(long)]
    personal: bool,
    /// Open it with the passphrase in the first line of this file
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    passphrase_file: Option<PathBuf>,
    /// Take the place of what lies there, which is kept under another name
    #[arg(long)]
    replace: bool,
    /// Accept that the backup is older than what this machine has seen
    #[arg(long)]
    older: bool,
}

#[derive(Serialize)]
struct RestoreReport {
    #[serde(rename = "Vault")]
    vault: String,
    #[serde(rename = "Directory")]
    directory: String,
    #[serde(rename = "Files")]
    files: usize,
    #[serde(rename = "Documents")]
    documents: usize,
    #[serde(rename = "Values")]
    values: usize,
    #[serde(rename = "ValuesNotOpened")]
    unread: usize,
    #[serde(rename = "OlderThanSeen", skip_serializing_if = "Vec::is_empty")]
    older: Vec<String>,
    #[serde(rename = "KeptAside", skip_serializing_if = "Option::is_none")]
    aside: Option<String>,
    #[serde(rename = "DryRun")]
    dry_run: bool,
}

pub(super) fn run(args: &RestoreArgs, context: &mut Context) -> CliResult<()> {
    let target = context.new_place(args.directory.as_deref(), args.personal)?;
    let (input, found) = open(args, context)?;
    let staging = Staging::beside(&target);
    let doomed = staging.directory().to_owned();
    let _guard = signal::before_end(move || drop(fs::remove_dir_all(doomed)))?;
    let files = engine::unpack(input, staging.directory(), |done| context.ui.progress("unpacked", done))?;
    context.ui.progress_done();
    let vault = context.open_staged(staging.directory(), found)?;
    let verification = verified(&vault, context)?;
    let there = compare_with_place(args, &vault, &target, context)?;
    let memory = vault.standing_to_memory(&Context::state_directory()?, &target)?;
    accept_older(args, &memory, there.as_ref(), context)?;
    let aside = there.map(|_| aside(&target, context));
    if !context.global.dry_run {
        // First: a crash in between must leave a vault that this machine takes, whether old or restored.
        settle(&vault, &target, &memory, context)?;
        match &aside {
            Some(aside) => staging.replace(aside)?,
            None => staging.publish()?,
        }
    }
    if memory.is_behind() {
        context.ui.note(
            "machines that have seen newer documents will report a rollback; `vault accept NAME` there takes each on purpose",
        );
    }
    let report = report(&vault, &target, files, &verification, &memory, aside.as_deref(), context);
    context.ui.report(&report)?;
    Ok(())
}

/// The backup's content, and the identity that its values are opened with: where nobody is needed to open the file, nobody
/// may be there.
fn open(args: &RestoreArgs, context: &Context) -> CliResult<(Box<dyn Read>, Found)> {
    let sealed = backup_file::open(&args.file)?;
    let failed = |source| BackupError::Sealed { path: args.file.clone(), source };
    let (sources, ask) = (context.sources()?, context.ask());
    if sealed.is_under_passphrase() {
        let passphrase = backup_file::passphrase(args.passphrase_file.as_deref(), context)?;
        let opened = sealed.open_with_passphrase(&passphrase).map_err(failed)?;
        let found = find::find(&sources, &ask).unwrap_or_else(|_| nobody());
        return Ok((Box::new(opened), found));
    }
    let found = find::find(&sources, &ask)?;
    let opened = sealed.open(&found.identity).map_err(failed)?;
    Ok((Box::new(opened), found))
}

/// An identity that opens no value: everything else is verified all the same.
fn nobody() -> Found {
    Found { identity: Identity::generate().0, origin: Origin::Text, vault_id_line: None }
}

fn verified(vault: &Vault<'_>, context: &mut Context) -> CliResult<Verification> {
    let mut verification = vault.verify(CheckpointDemand::IfPresent, |done| context.ui.progress("verified", done))?;
    context.ui.progress_done();
    let findings: Vec<String> = std::mem::take(&mut verification.findings).into_iter().map(verify::message).collect();
    if findings.is_empty() {
        return Ok(verification);
    }
    Err(BackupError::Damaged { what: "the vault in the backup", findings }.into())
}

/// Says how the backup stands to what lies at the place, which has to be kept aside, and refuses to take its place unless that
/// was asked for. Nothing where the place is free.
fn compare_with_place(
    args: &RestoreArgs,
    vault: &Vault<'_>,
    target: &Path,
    context: &mut Context,
) -> CliResult<Option<Standing>> {
    let mut standing = Standing::default();
    let (what, hint) = match engine::place(target) {
        Place::Free => return Ok(None),
        Place::Vault(id) if id != vault.id() => {
            let (what, hint) = ("is another vault", "restore it into another directory: `vault restore FILE DIR`");
            return Err(BackupError::Taken { target: target.to_owned(), what, hint }.into());
        }
        Place::Vault(_) => {
            match context.open_there(target, vault.id()).and_then(|there| Ok(vault.standing_to(&there)?)) {
                Ok(found) => {
                    tell_place(&found, context);
                    standing = found;
                }
                Err(error) => context.ui.note(format!("the vault that lies there cannot be compared: {error}")),
            }
            ("is this vault already", "add `--replace`; what lies there is kept under another name")
        }
        Place::Taken => {
            ("holds something that is no vault", "move it away, or add `--replace` to keep it under another name")
        }
    };
    if args.replace {
        return Ok(Some(standing));
    }
    Err(BackupError::Taken { target: target.to_owned(), what, hint }.into())
}

fn tell_place(standing: &Standing, context: &mut Context) {
    if *standing == Standing::default() {
        context.ui.note("the backup has the very documents that lie there");
        return;
    }
    if let Some(rev) = standing.trust {
        context.ui.note(format!("members and keys changed since the backup: trust snapshot {rev} lies there"));
    }
    tell_behind(&standing.behind, "lies there", context);
    let newer = Count::of(standing.ahead.len(), "document");
    if !standing.ahead.is_empty() {
        context.ui.note(format!("{newer} would be newer or come back: {}", some(&standing.ahead)));
    }
}

fn tell_behind(all: &[Behind], verb: &str, context: &mut Context) {
    for behind in all.iter().take(NAMED) {
        let path = escape::line(&behind.path);
        context.ui.note(match behind.here {
            Some(here) if here == behind.seen => format!("`{path}`: another revision {here} {verb}"),
            Some(here) => format!("`{path}`: the backup has revision {here}, revision {} {verb}", behind.seen),
            None => format!("`{path}`: the backup does not have it, revision {} {verb}", behind.seen),
        });
    }
    if all.len() > NAMED {
        context.ui.note(format!("and {} more", Count::of(all.len() - NAMED, "document")));
    }
}

/// More documents than this are counted, not named.
const NAMED: usize = 10;

fn some(paths: &[String]) -> String {
    let named: Vec<String> = paths.iter().take(NAMED).map(|path| escape::line(path)).collect();
    let more = if paths.len() > NAMED { ", …" } else { "" };
    format!("{}{more}", named.join(", "))
}

/// A state that is older than what this machine has seen could be an attack: a person says that it is none. What was told of
/// the place is not told again.
fn accept_older(
    args: &RestoreArgs,
    memory: &Standing,
    there: Option<&Standing>,
    context: &mut Context,
) -> CliResult<()> {
    if !memory.is_behind() {
        return Ok(());
    }
    context.ui.note("the backup is older than what this machine has seen of the vault");
    if let Some(rev) = memory.trust {
        context.ui.note(format!("trust snapshot {rev} was seen here: members that were removed since would be back"));
    }
    let is_told = |behind: &Behind| there.is_some_and(|there| there.behind.contains(behind));
    let untold: Vec<Behind> = memory.behind.iter().filter(|behind| !is_told(behind)).cloned().collect();
    tell_behind(&untold, "was seen here", context);
    if args.older || context.global.dry_run {
        return Ok(());
    }
    let question = Question { text: "Restore the older state?", what: "a decision", flag: "`--older`" };
    if context.prompter.confirm(question, Some(false))? {
        return Ok(());
    }
    Err(CliError::Declined("nothing was restored"))
}

/// Lets this machine remember the restored state. Where it cannot, it must not hold against the vault what it remembers.
fn settle(vault: &Vault<'_>, target: &Path, memory: &Standing, context: &mut Context) -> CliResult<()> {
    match vault.settle(&Context::state_directory()?, target) {
        Err(error) if !memory.is_behind() => {
            context.ui.warning(format!("this machine cannot remember what it saw: {error}"));
            Ok(())
        }
        settled => Ok(settled?),
    }
}

/// A name for what lies there, beside it, that nothing has.
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
        let id = self.vault.parse().map(fingerprint).unwrap_or_default();
        let unread = if self.unread == 0 { String::new() } else { format!(", {} not opened", self.unread) };
        let (documents, values) = (Count::of(self.documents, "document"), Count::of(self.values, "value"));
        let verb = if self.dry_run { "could be restored" } else { "restored" };
        page.fields([
            (verb, Meaning::Name, self.directory.clone()),
            ("id", Meaning::Plain, id),
            ("verified", Meaning::Plain, format!("{documents}, {values} opened{unread}")),
        ]);
        if let Some(aside) = &self.aside {
            let aside = page.paint(Meaning::Name, aside);
            page.line(format!("what lay there is in {aside}; remove it when you are sure"));
        }
    }
}
