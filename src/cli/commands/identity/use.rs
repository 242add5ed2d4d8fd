//! `vault identity use`: another identity that this machine has.

use clap::Args;

use super::{own_sources, used};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::input::new_identity;
use crate::unlock::create::{self, InUse};
use crate::unlock::keyring::SystemKeyring;

/// Use another identity that this machine has
#[derive(Debug, Args)]
#[command(
    long_about = "Use another identity that this machine has: one of `vault identity ls` by its name, a file where it is, \
        such as an SSH key, or an entry of the keyring by its public key. It is opened before it is used. The one in use \
        stays where it is.",
    after_help = "Examples:\n  \
        vault identity use ana                 its file in the configuration directory\n  \
        vault identity use ~/.ssh/id_ed25519\n  \
        vault identity use age1ql3z7h…         the keyring's entry"
)]
pub(crate) struct UseArgs {
    /// Name, file or public key
    #[arg(value_name = "IDENTITY", value_hint = clap::ValueHint::FilePath)]
    which: String,
}

pub(super) fn run(args: &UseArgs, context: &mut Context) -> CliResult<()> {
    let mut sources = own_sources(context)?;
    let source = create::named(&sources.config, &args.which)?;
    let new = create::existing(&sources.config, source, &SystemKeyring, &context.ask())?;
    let recipients = new.recipients();
    if context.global.dry_run {
        return used::report(&new.found, recipients, context);
    }
    let found = new_identity::keep(new, &mut sources, InUse::IsReplaced, context)?;
    used::report(&found, recipients, context)
}
