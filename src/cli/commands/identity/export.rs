//! `vault identity export`: a copy for another machine.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use zeroize::Zeroizing;

use super::{own_source, own_sources, used};
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::git::plain_file::warn_of_key;
use crate::cli::input::new_identity;
use crate::cli::terminal::{Meaning, Page, Report};
use crate::crypto::passphrase::{WORK_FACTOR, seal_passphrase_file};
use crate::crypto::recipient::Recipient;
use crate::crypto::wrap::wrap;
use crate::engine::Error;
use crate::machine::private::{self, Overwrite, PrivateError};
use crate::unlock::create::CreateError;
use crate::unlock::find;
use crate::unlock::keyring::SystemKeyring;
use crate::unlock::native_key::NativeKey;

/// Copy the identity of this machine into a file, for another machine
#[derive(Debug, Args)]
#[command(
    long_about = "Copy the identity of this machine into a file, for another machine: protected by a passphrase, or encrypted \
        to an age recipient.\n\n\
        Anyone who opens the file reads what you read and signs as you, in every vault. `vault identity import` brings it to the \
        other machine; delete the file then.",
    after_help = "Examples:\n  \
        vault identity export --out ana.age                 asks for a passphrase\n  \
        vault identity export --out ana.age --to age1ql3z…  for that recipient\n  \
        vault identity export --out /media/usb/ana.txt --plaintext-identity"
)]
pub(crate) struct ExportArgs {
    /// The new file
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    out: PathBuf,
    /// Encrypt it to this age recipient; may be repeated
    #[arg(long, value_name = "RECIPIENT", conflicts_with = "plaintext_identity")]
    to: Vec<String>,
    /// Do not encrypt it
    #[arg(long)]
    plaintext_identity: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ExportReport {
    path: String,
    identity: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<String>,
}

pub(super) fn run(args: &ExportArgs, context: &mut Context) -> CliResult<()> {
    let sources = own_sources(context)?;
    let source = own_source(&sources)?;
    if args.out.symlink_metadata().is_ok() {
        return Err(CreateError::File(PrivateError::Exists { path: args.out.clone() }).into());
    }
    let (found, text) = find::with_text(&source, &sources.config, &SystemKeyring, &context.ask())?;
    let key = std::str::from_utf8(&text).ok().and_then(|text| NativeKey::parse(text).ok()).ok_or_else(not_native)?;
    let trust = used::trust_here(context);
    let report = ExportReport {
        path: args.out.display().to_string(),
        identity: found.origin.to_string(),
        member: trust.and_then(|trust| used::member(&trust, &[key.recipient()])),
    };
    if !context.global.dry_run {
        let content = content(args, &key, context)?;
        private::write_private(&args.out, content.as_bytes(), Overwrite::Refuse).map_err(CreateError::File)?;
        if args.plaintext_identity {
            warn_of_key(&args.out, &mut context.ui);
        }
    }
    Ok(context.ui.report(&report)?)
}

fn content(args: &ExportArgs, key: &NativeKey, context: &mut Context) -> CliResult<Zeroizing<String>> {
    if args.plaintext_identity {
        return Ok(key.file());
    }
    if args.to.is_empty() {
        let passphrase = new_identity::new_passphrase(INSTEAD, context)?;
        let sealed = seal_passphrase_file(key.file().as_bytes(), &passphrase, WORK_FACTOR);
        return Ok(Zeroizing::new(sealed.map_err(CreateError::Passphrase)?));
    }
    let policy = context.recipient_policy()?;
    let recipients = args.to.iter().map(|text| Recipient::parse(text, &policy));
    let recipients = recipients.collect::<Result<Vec<_>, _>>().map_err(|error| Error::Unlock(error.into()))?;
    let sealed = wrap(&recipients, key.file().as_bytes()).map_err(|error| Error::Unlock(error.into()))?;
    Ok(Zeroizing::new(sealed))
}

/// What makes a passphrase unnecessary.
const INSTEAD: &str = "`VLT_PASSPHRASE`, `--to RECIPIENT` or `--plaintext-identity`";

fn not_native() -> CliError {
    CliError::usage(
        "only native age identities are exported, not SSH keys and plugins",
        "copy that file yourself; or run `vault member request` on the other machine, for an identity of its own",
    )
}

impl Report for ExportReport {
    fn text(&self, page: &mut Page) {
        let file = page.paint(Meaning::Name, &self.path);
        let verb = if page.is_of_dry_run() { "would hold" } else { "holds" };
        page.line(format!("{file} {verb} a copy of {}", self.identity));
        let name = self.member.as_ref().map_or_else(|| " you".to_owned(), |member| format!(" `{member}`"));
        page.line(format!("anyone who opens it can read what you can read, and sign as{name}"));
        page.line("").line("next:");
        page.line("  vault identity import FILE     on the other machine; then delete the file");
    }
}
