//! `vault identity`: one file for each verb.

mod export;
mod import;
mod ls;
mod new;
mod passphrase;
mod r#use;
mod used;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::machine::config::IdentitySource;
use crate::unlock::create::CreateError;
use crate::unlock::error::UnlockError;
use crate::unlock::source::Sources;
use crate::unlock::{find, own_place};

/// Manage the identities of this machine.
#[derive(Debug, Subcommand)]
pub(crate) enum IdentityCommand {
    #[command(visible_alias = "list")]
    Ls(ls::LsArgs),
    Use(r#use::UseArgs),
    New(new::NewArgs),
    Import(import::ImportArgs),
    Export(export::ExportArgs),
    Passphrase(passphrase::PassphraseArgs),
}

pub(crate) fn run(command: &IdentityCommand, context: &mut Context) -> CliResult<()> {
    match command {
        IdentityCommand::Ls(args) => ls::run(args, context),
        IdentityCommand::Use(args) => r#use::run(args, context),
        IdentityCommand::New(args) => new::run(args, context),
        IdentityCommand::Import(args) => import::run(args, context),
        IdentityCommand::Export(args) => export::run(args, context),
        IdentityCommand::Passphrase(args) => passphrase::run(args, context),
    }
}

/// The sources of this machine. A given identity would be used instead of what the command changes, so it is refused.
fn own_sources(context: &Context) -> CliResult<Sources> {
    let sources = context.sources()?;
    if find::is_given(&sources) {
        return Err(CliError::usage(
            "an identity is given, but this command is about the identities of this machine",
            "omit `--identity` and `VLT_IDENTITY*`",
        ));
    }
    Ok(sources)
}

/// The identity that this machine has.
fn own_source(sources: &Sources) -> Result<IdentitySource, UnlockError> {
    own_place::source(&sources.config)?.ok_or(UnlockError::NoIdentity { tried: Vec::new() })
}

/// Refuses where this machine has an identity already.
fn require_none(sources: &Sources) -> CliResult<()> {
    match own_place::source(&sources.config)? {
        Some(source) => Err(CreateError::Configured(find::origin_of(&source, &sources.config)).into()),
        None => Ok(()),
    }
}
