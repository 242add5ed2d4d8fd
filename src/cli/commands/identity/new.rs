//! `vault identity new`: an identity for a machine that has none.

use clap::Args;

use super::{own_sources, require_none, used};
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::CliResult;
use crate::cli::input::new_identity::{self, IdentityArgs};
use crate::model::name::MemberName;

/// Create an identity on a machine that has none
#[derive(Debug, Args)]
#[command(
    long_about = "Create an identity on a machine that has none, as `vault init` and `vault member request` do. It belongs to no \
        vault yet.\n\n\
        Where there is one already, `vault identity passphrase` changes its passphrase, and `vault member request --renew` \
        replaces the keys of a member.",
    after_help = "Examples:\n  vault identity new\n  vault identity new --name build --plaintext-identity"
)]
pub(crate) struct NewArgs {
    /// Name of its file [default: your user name]
    #[arg(long, value_name = "NAME")]
    name: Option<MemberName>,
    #[command(flatten)]
    identity: IdentityArgs,
}

pub(super) fn run(args: &NewArgs, context: &mut Context) -> CliResult<()> {
    let mut sources = own_sources(context)?;
    require_none(&sources)?;
    let name = args.name.clone().map_or_else(env::own_name, |name| name.to_string());
    let chosen = new_identity::choose(&args.identity, &name, &sources, context)?;
    let recipients = chosen.recipients(&sources)?;
    let found = chosen.keep(&mut sources, context)?;
    used::report(&found, recipients, context)
}
