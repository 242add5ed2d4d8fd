//! `vault backup`: the whole vault in one encrypted file.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use zeroize::Zeroizing;

use super::verify;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::input::backup_error::{BackupError, VAULT};
use crate::cli::input::backup_file;
use crate::cli::input::new_identity::warn_of_weak;
use crate::cli::report::count::Count;
use crate::cli::report::finding;
use crate::cli::terminal::{Meaning, Page, Report, escape, signal};
use crate::crypto::passphrase::WORK_FACTOR;
use crate::crypto::recipient::Recipient;
use crate::crypto::stream::{Sealing, seal};
use crate::engine::{BackedUp, CheckpointDemand, Error, Vault};
use crate::machine::private::{Overwrite, PrivateError, StagedFile};
use crate::model::team::RECOVERY;

/// Back up the whole vault into one encrypted file
#[derive(Debug, Args)]
#[command(
    long_about = "Back up the whole vault into one encrypted file.\n\n\
        The file is a tar archive inside an age file, so `age` and `tar` can open it without vault. It is encrypted \
        for you and for the recovery key, or with a passphrase. The vault is verified first. The git history is not \
        included.",
    after_help = "Examples:\n  \
        vault backup ~/backups/shop.age\n  \
        vault backup /media/usb/shop.age --to age1… --force\n  \
        vault backup shop.age --passphrase\n  \
        age -d -i identity.txt shop.age | tar t      list it without vault"
)]
pub(crate) struct BackupArgs {
    /// The file to write
    #[arg(value_hint = clap::ValueHint::FilePath)]
    file: PathBuf,
    #[command(flatten)]
    lock: LockArgs,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
    /// Write the backup even if the vault does not verify
    #[arg(long)]
    damaged: bool,
}

/// Who can open the file.
#[derive(Debug, Args)]
struct LockArgs {
    /// Also encrypt for this age or SSH recipient
    #[arg(long, value_name = "RECIPIENT", conflicts_with_all = ["passphrase", "passphrase_file"])]
    to: Vec<String>,
    /// Encrypt only for the recipients of --to
    #[arg(long, requires = "to")]
    only: bool,
    /// Encrypt with a passphrase, prompted for twice
    #[arg(long)]
    passphrase: bool,
    /// Encrypt with the passphrase in the first line of this file
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, conflicts_with = "passphrase")]
    passphrase_file: Option<PathBuf>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct BackupReport {
    file: String,
    vault: String,
    files: usize,
    bytes: u64,
    recipients: Vec<String>,
    #[serde(skip)]
    holders: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<String>,
    dry_run: bool,
}

pub(crate) fn run(args: &BackupArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    refuse_inside(&args.file, vault.path())?;
    let file = if context.global.dry_run { None } else { Some(begin(args)?) };
    let doomed = file.as_ref().and_then(StagedFile::temporary).map(Path::to_path_buf);
    let _guard = doomed.map(|path| signal::before_end(move || drop(fs::remove_file(path)))).transpose()?;
    let lock = Lock::of(&args.lock, &vault, context)?;
    check(args, &vault, context)?;
    let (done, file) = match file {
        Some(file) => write(&vault, &lock, file, context).map(|(done, file)| (done, Some(file)))?,
        None => write(&vault, &lock, io::sink(), context).map(|(done, _)| (done, None))?,
    };
    file.map_or(Ok(()), StagedFile::publish)?;
    let vault = vault.finish(context);
    for path in &done.left_out {
        context.ui.warning(format!("`{}` was left out: it does not belong in a vault", escape::line(path)));
    }
    Ok(context.ui.report(&BackupReport {
        file: args.file.display().to_string(),
        vault: vault.id().to_string(),
        files: done.files,
        bytes: done.bytes,
        holders: holders(&lock.recipients(), &vault),
        recipients: lock.recipients(),
        left_out: done.left_out,
        dry_run: context.global.dry_run,
    })?)
}

/// The names of members in the place of their recipients, each once.
fn holders(recipients: &[String], vault: &Vault<'_>) -> Vec<String> {
    let holder = |recipient: &String| {
        let trust = vault.trust();
        let member = trust.members.iter().find(|member| member.recipients.contains(recipient));
        member.map_or_else(|| recipient.clone(), |member| member.name.to_string())
    };
    let mut holders: Vec<String> = recipients.iter().map(holder).collect();
    holders.dedup();
    holders
}

fn begin(args: &BackupArgs) -> CliResult<StagedFile> {
    let overwrite = if args.force { Overwrite::Replace } else { Overwrite::Refuse };
    StagedFile::begin(&args.file, overwrite).map_err(|error| match error {
        PrivateError::Exists { path } => {
            BackupError::Taken { target: path, what: "exists already", hint: "add `--force` to replace it" }.into()
        }
        other => other.into(),
    })
}

/// A backup inside the vault would be in the next backup, and in git.
fn refuse_inside(file: &Path, vault: &Path) -> Result<(), BackupError> {
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match fs::canonicalize(parent) {
        Ok(parent) if parent.starts_with(vault) => Err(BackupError::InsideVault(file.to_owned())),
        _ => Ok(()),
    }
}

/// What the file is encrypted for.
enum Lock {
    Recipients(Vec<Recipient>),
    Passphrase(Zeroizing<String>),
}

impl Lock {
    fn of(args: &LockArgs, vault: &Vault<'_>, context: &mut Context) -> CliResult<Self> {
        if let Some(path) = &args.passphrase_file {
            return Ok(Lock::Passphrase(backup_file::passphrase_in(path)?));
        }
        if args.passphrase {
            let question = backup_file::question("New passphrase of the backup");
            let passphrase = context.prompter.new_passphrase(question)?;
            warn_of_weak(&passphrase, context);
            return Ok(Lock::Passphrase(passphrase));
        }
        let mut texts = args.to.clone();
        if !args.only {
            texts.extend(vault.whoami()?.recipients.iter().cloned());
            let trust = vault.trust();
            let recovery = trust.members.iter().find(|member| member.name.as_str() == RECOVERY);
            texts.extend(recovery.into_iter().flat_map(|member| member.recipients.iter().cloned()));
        }
        let policy = context.recipient_policy()?;
        let parse =
            |text: String| Recipient::parse(&text, &policy).map_err(|source| BackupError::Recipient { text, source });
        Ok(Lock::Recipients(texts.into_iter().map(parse).collect::<Result<_, _>>()?))
    }

    fn sealing(&self) -> Sealing<'_> {
        match self {
            Lock::Recipients(recipients) => Sealing::Recipients(recipients),
            Lock::Passphrase(text) => Sealing::Passphrase { text, log_n: WORK_FACTOR },
        }
    }

    fn recipients(&self) -> Vec<String> {
        match self {
            Lock::Recipients(recipients) => {
                crate::crypto::recipient::deduplicated(recipients).into_iter().map(ToString::to_string).collect()
            }
            Lock::Passphrase(_) => Vec::new(),
        }
    }
}

/// Verifies the vault. With `--damaged` findings are only reported.
fn check(args: &BackupArgs, vault: &Vault<'_>, context: &mut Context) -> CliResult<()> {
    // Without an identity every value would be a finding.
    if let Err(locked @ Error::Unlock(_)) = vault.whoami()
        && !args.damaged
    {
        return Err(locked.into());
    }
    let verification = verify::everything(vault, CheckpointDemand::IfPresent, context)?;
    let findings: Vec<String> = verification.findings.iter().map(finding::message).collect();
    if findings.is_empty() {
        return Ok(());
    }
    if !args.damaged {
        return Err(BackupError::Damaged { what: VAULT, findings }.into());
    }
    for finding in findings {
        context.ui.warning(finding);
    }
    Ok(())
}

fn write<W: Write>(vault: &Vault<'_>, lock: &Lock, output: W, context: &mut Context) -> CliResult<(BackedUp, W)> {
    let sealer = seal(lock.sealing(), output).map_err(BackupError::from)?;
    let (done, sealer) = vault.back_up(sealer, context.now, |done| context.ui.progress("written", done))?;
    context.ui.progress_done();
    Ok((done, sealer.finish()?))
}

impl Report for BackupReport {
    fn text(&self, page: &mut Page) {
        let file = page.paint(Meaning::Name, &self.file);
        let verb = if self.dry_run { "would hold" } else { "holds" };
        let files = Count::of(self.files, "file");
        page.line(format!("{file} {verb} {files} of the vault, {} bytes before encryption", self.bytes));
        if self.recipients.is_empty() {
            page.line("only the passphrase opens it");
        }
        for holder in &self.holders {
            let holder = page.paint(Meaning::Plain, holder);
            page.line(format!("it opens with the identity of {holder}"));
        }
    }
}
