//! `vault identity passphrase`: another passphrase for the same identity.

use clap::Args;

use super::{own_source, own_sources, used};
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::input::new_identity;
use crate::cli::terminal::Question;
use crate::crypto::passphrase::{WORK_FACTOR, open_passphrase_file, seal_passphrase_file};
use crate::machine::config::IdentityStore;
use crate::machine::private::{self, Overwrite};
use crate::unlock::create::CreateError;
use crate::unlock::find;
use crate::unlock::keyring::SystemKeyring;

/// Change the passphrase of the identity of this machine
#[derive(Debug, Args)]
#[command(
    long_about = "Change the passphrase of the identity of this machine. The identity stays the same, so no vault has to be told; a \
        copy of the file that somebody has keeps the old passphrase. If somebody may know both, replace the keys with `vault \
        member request --renew`.",
    after_help = "Examples:\n  vault identity passphrase"
)]
pub(crate) struct PassphraseArgs {}

pub(super) fn run(_: &PassphraseArgs, context: &mut Context) -> CliResult<()> {
    let sources = own_sources(context)?;
    let source = own_source(&sources)?;
    let Some(file) = source.file.as_deref().filter(|_| source.store == IdentityStore::Passphrase) else {
        let origin = find::origin_of(&source, &sources.config);
        return Err(CliError::usage(
            format!("this identity has no passphrase to change: {origin}"),
            "`vault identity import FILE --passphrase --replace` keeps a copy of an identity under one",
        ));
    };
    let (found, text) = find::with_text(&source, &sources.config, &SystemKeyring, &context.ask())?;
    let recipients = found.identity.recipients();
    if context.global.dry_run {
        return used::report(&found, recipients, context);
    }
    let question = Question { text: "New passphrase", what: "a new passphrase", flag: "a terminal" };
    let passphrase = context.prompter.new_passphrase(question)?;
    new_identity::warn_of_weak(&passphrase, context);
    let sealed = seal_passphrase_file(&text, &passphrase, WORK_FACTOR).map_err(CreateError::Passphrase)?;
    // What cannot be opened again must not replace what can.
    let opened = open_passphrase_file(sealed.as_bytes(), &passphrase).map_err(CreateError::Passphrase)?;
    if *opened != *text {
        return Err(CreateError::Changed.into());
    }
    let path = sources.config.directory().join(file);
    private::write_private(&path, sealed.as_bytes(), Overwrite::Replace).map_err(CreateError::File)?;
    used::report(&found, recipients, context)
}
