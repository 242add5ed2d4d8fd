//! `vault edit`: the value of a parameter or a secret in the user's editor.

use clap::Args;

use super::param::edit_path::Sure;
use super::{param, secret};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::input::meant::{LongForms, Meant};
use crate::engine::Vault;
use crate::model::name::ParameterPath;
use crate::store::files::Reach;

const LONG: LongForms = LongForms { parameter: "param edit", secret: "secret edit" };

/// Edit the value of a parameter or a secret in your editor
#[derive(Debug, Args)]
#[command(
    long_about = "Edit the value of a parameter or a secret, whichever has the name, in your editor: the short form of `vault param edit` \
        and `vault secret edit`. Where the name is a path, all parameters below it are one YAML document.",
    after_help = "Examples:\n  vault edit /app/prod/db/password\n  EDITOR=vim vault edit prod/db\n  vault edit /app/prod"
)]
pub(crate) struct EditArgs {
    /// Name of a parameter or a secret, or a path
    name: String,
    /// Allow the plaintext on a disk if there is no in-memory file system
    #[arg(long)]
    allow_disk: bool,
    #[command(flatten)]
    sure: Sure,
}

pub(crate) fn run(args: &EditArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let allow_disk = args.allow_disk;
    if let Some(path) = path(&args.name, &vault, context)? {
        return param::edit_path::edit_path(&path, allow_disk, args.sure, vault, context);
    }
    match LONG.one(&args.name, &vault, context)? {
        Meant::Parameter(wanted) => param::edit::edit(&Meant::whole(wanted)?, allow_disk, vault, context),
        Meant::Secret(name) => {
            secret::edit::edit(&secret::edit::EditArgs { name, allow_disk, yes: args.sure.yes }, vault, context)
        }
    }
}

/// The path of that name, if nothing has the name itself and something is below it.
fn path(name: &str, vault: &Vault<'_>, context: &Context) -> CliResult<Option<ParameterPath>> {
    let Some(path) = name.parse::<ParameterPath>().ok().filter(|_| name.starts_with('/')) else { return Ok(None) };
    if name != "/" && LONG.find(name, vault, context)?.is_some() {
        return Ok(None);
    }
    Ok(Some(path).filter(|path| vault.names_below(path, Reach::Descendants).is_ok_and(|names| !names.found.is_empty())))
}
