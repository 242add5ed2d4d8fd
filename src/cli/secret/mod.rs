//! `vault secret`: one file for each verb.

mod create;
mod get;
mod ls;
mod put;
mod show;
mod stored;
mod value;
mod view;

use clap::Subcommand;

use super::context::Context;
use super::error::{CliError, CliResult};
use crate::engine::Error;
use crate::model::name::SecretName;
use crate::model::secret_error::SecretError;

/// Create, get and manage secrets.
#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "one is made for each run of the program")]
pub(super) enum SecretCommand {
    /// Create a secret, with a first value or without
    Create(create::CreateArgs),
    /// Print the value of one or more secrets
    Get(get::GetArgs),
    /// Store a new version of a secret's value
    Put(put::PutArgs),
    /// List secrets
    #[command(visible_alias = "list")]
    Ls(ls::LsArgs),
    /// Show everything about a secret but its value
    #[command(visible_alias = "describe")]
    Show(show::ShowArgs),
}

pub(super) fn run(command: SecretCommand, context: &mut Context) -> CliResult<()> {
    match command {
        SecretCommand::Create(args) => create::run(args, context),
        SecretCommand::Get(args) => get::run(&args, context),
        SecretCommand::Put(args) => put::run(args, context),
        SecretCommand::Ls(args) => ls::run(&args, context),
        SecretCommand::Show(args) => show::run(&args, context),
    }
}

/// A rule that a secret of that name breaks.
fn broken(name: &SecretName, error: SecretError) -> CliError {
    Error::Secret { name: name.to_string(), error }.into()
}
