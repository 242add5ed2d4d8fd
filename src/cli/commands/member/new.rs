//! `vault member new`: a member for a machine, with its identity, in one step.

use std::path::{Path, PathBuf};

use clap::Args;
use zeroize::Zeroizing;

use super::added::Added;
use super::request::requesting;
use super::rights::RightsArgs;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::git::plain_file::warn_of_key;
use crate::engine::{Error, Vault};
use crate::machine::private::{self, Overwrite};
use crate::model::anchor::Anchor;
use crate::model::name::MemberName;
use crate::unlock::create::CreateError;
use crate::unlock::native_key::NativeKey;

/// Add a machine as a member, with a new identity for it
#[derive(Debug, Args)]
#[command(
    long_about = "Add a machine as a member, with a new identity for it: request, admission and identity in one step, by an admin.\n\n\
        FILE gets the identity, in plain text and readable only by you, with the id of this vault. Bring it to the machine, or into \
        the secrets of your CI, and delete it here. A person should run `vault member request` instead: then nobody else ever has \
        their key.",
    after_help = "Examples:\n  \
        vault member new ci --read prod --out ci.txt\n  \
        vault member new deploy --read prod --write parameter:/prod --out deploy.txt"
)]
pub(crate) struct NewArgs {
    /// Name of the new member
    #[arg(value_name = "NAME")]
    name: MemberName,
    /// The new file for its identity
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    out: PathBuf,
    #[command(flatten)]
    rights: RightsArgs,
}

pub(super) fn run(args: &NewArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    vault.require_admin()?;
    let (key, policy) = (NativeKey::generate(), context.recipient_policy()?);
    let received = vault.read_request(request(&args.name, &key, &vault, context)?, &policy)?;
    let rights = args.rights.of(&vault);
    let dry_run = context.global.dry_run;
    if !dry_run {
        // First the identity: a member without one would be of no use to anybody.
        write(&args.out, &key, vault.id().into(), Overwrite::Refuse)?;
    }
    if let Err(error) = vault.add_member(&received, &rights, &policy, context.now) {
        if !dry_run {
            let _ = std::fs::remove_file(&args.out);
        }
        return Err(error.into());
    }
    let vault = vault.finish(context);
    if !dry_run {
        // With the snapshot that has the member: the machine then refuses the vault as it was before.
        write(&args.out, &key, vault.anchor(), Overwrite::Replace)?;
    }
    let mut added = Added::new(&args.name, &rights, &vault, context)?;
    added.path = Some(args.out.display().to_string());
    context.ui.report(&added)?;
    if !dry_run {
        warn_of_key(&args.out, &mut context.ui);
    }
    Ok(())
}

/// The request that the machine would write.
fn request(name: &MemberName, key: &NativeKey, vault: &Vault<'_>, context: &Context) -> CliResult<Vec<u8>> {
    let signing = key.signing_key().ok_or(Error::Internal("a new identity cannot sign"))?;
    let request = requesting(name.clone(), &signing, vec![key.recipient()], context.now);
    Ok(vault.sign_request(&request, &signing).0)
}

fn write(path: &Path, key: &NativeKey, anchor: Anchor, overwrite: Overwrite) -> CliResult<()> {
    let file = key.file();
    let content = Zeroizing::new(format!("# vault-id: {anchor}\n{}", file.as_str()));
    Ok(private::write_private(path, content.as_bytes(), overwrite).map_err(CreateError::File)?)
}
