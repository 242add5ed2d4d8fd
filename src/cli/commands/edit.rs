//! `vault edit`: the value of a parameter or a secret in the user's editor.

use clap::Args;

use super::{param, secret};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::input::meant::{LongForms, Meant};

const LONG: LongForms = LongForms { parameter: "param edit", secret: "secret edit" };

/// Edit the value of a parameter or a secret in your editor
#[derive(Debug, Args)]
#[command(
    long_about = "Edit the value of a parameter or a secret, whichever has the name, in your editor: the short form of `vault param edit` \
        and `vault secret edit`.",
    after_help = "Examples:\n  vault edit /app/prod/db/password\n  EDITOR=vim vault edit prod/db"
)]
pub(crate) struct EditArgs {
    /// Name of a parameter or a secret
    name: String,
    /// Allow the plaintext on a disk if there is no in-memory file system
    #[arg(long)]
    allow_disk: bool,
    /// Do not ask for confirmation if the value of a secret is no longer JSON
    #[arg(short, long)]
    yes: bool,
}

pub(crate) fn run(args: &EditArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let allow_disk = args.allow_disk;
    match LONG.one(&args.name, &vault, context)? {
        Meant::Parameter(wanted) => {
            let long = param::edit::EditArgs { name: Meant::whole(wanted)?, allow_disk };
            param::edit::edit(&long, vault, context)
        }
        Meant::Secret(name) => {
            secret::edit::edit(&secret::edit::EditArgs { name, allow_disk, yes: args.yes }, vault, context)
        }
    }
}
