//! `vault secret`: one file for each verb.

mod create;
pub(crate) mod edit;
pub(crate) mod get;
mod ls;
mod policy;
mod present;
pub(crate) mod put;
mod random;
mod restore;
pub(crate) mod rm;
mod share;
pub(crate) mod show;
mod stage;
mod stored;
mod tag;
mod update;
pub(crate) mod value;
pub(crate) mod versions;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::deferred::Deferred;
use crate::cli::error::{CliError, CliResult};
use crate::engine::Error;
use crate::model::name::SecretName;
use crate::model::secret::SecretError;

/// Create, get and manage secrets.
#[derive(Debug, Subcommand)]
pub(crate) enum SecretCommand {
    /// Create a secret, with or without a first value
    Create(Deferred<create::CreateArgs>),
    /// Print the value of one or more secrets
    Get(Deferred<get::GetArgs>),
    /// Store a new version of a secret's value
    Put(Deferred<put::PutArgs>),
    /// Change the description, the value, or both at once
    Update(Deferred<update::UpdateArgs>),
    /// List secrets
    #[command(visible_alias = "list")]
    Ls(Deferred<ls::LsArgs>),
    /// Show a secret's metadata
    #[command(visible_alias = "describe")]
    Show(Deferred<show::ShowArgs>),
    /// Show the versions of a secret
    Versions(Deferred<versions::VersionsArgs>),
    /// Show the stages of a secret, or move one
    Stage(Deferred<stage::StageArgs>),
    /// Edit a value in your editor
    Edit(Deferred<edit::EditArgs>),
    /// Mark secrets for deletion, or delete them at once
    Rm(Deferred<rm::RmArgs>),
    /// Cancel a scheduled deletion
    Restore(Deferred<restore::RestoreArgs>),
    /// Set and remove tags
    Tag(Deferred<tag::TagArgs>),
    /// Print a random password
    Random(Deferred<random::RandomArgs>),
    /// Share a secret with another vault or a member
    Share(Deferred<share::ShareArgs>),
    /// End a share of a secret
    Unshare(Deferred<share::UnshareArgs>),
    /// Manage the resource policy of a secret
    #[command(subcommand)]
    Policy(Deferred<policy::PolicyCommand>),
}

pub(crate) fn run(command: SecretCommand, context: &mut Context) -> CliResult<()> {
    match command {
        SecretCommand::Create(args) => create::run(args.0, context),
        SecretCommand::Get(args) => get::run(&args, context),
        SecretCommand::Put(args) => put::run(args.0, context),
        SecretCommand::Update(args) => update::run(args.0, context),
        SecretCommand::Ls(args) => ls::run(&args, context),
        SecretCommand::Show(args) => show::show(&args, context.open_vault()?, context),
        SecretCommand::Versions(args) => versions::versions(&args, context.open_vault()?, context),
        SecretCommand::Stage(args) => stage::run(&args, context),
        SecretCommand::Edit(args) => edit::edit(&args, context.open_vault()?, context),
        SecretCommand::Rm(args) => rm::rm(args.0, context.open_vault()?, context),
        SecretCommand::Restore(args) => restore::run(&args, context),
        SecretCommand::Tag(args) => tag::run(&args, context),
        SecretCommand::Random(args) => random::run(&args, context),
        SecretCommand::Share(args) => share::share(&args, context),
        SecretCommand::Unshare(args) => share::unshare(&args, context),
        SecretCommand::Policy(command) => policy::run(&command, context),
    }
}

/// A rule that a secret of that name breaks.
fn broken(name: &SecretName, error: SecretError) -> CliError {
    Error::Secret { name: name.to_string(), error }.into()
}
