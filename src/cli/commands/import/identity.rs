//! Which age identity opens files of sops and passage.

use std::path::PathBuf;

use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::{CliError, CliResult};
use crate::crypto::identity::{Identity, NoPrompt};
use crate::crypto::recipient::RecipientPolicy;
use crate::unlock::find::find;

/// The identity from `given`, otherwise from the file where the other tool looks for it, otherwise the user's own. It
/// is found like any identity: a file that others can read is refused, and a passphrase is prompted for.
pub(super) fn find_for(given: Option<&PathBuf>, usual: Option<PathBuf>, context: &Context) -> CliResult<Identity> {
    let mut sources = context.sources()?;
    if let Some(file) = given.cloned().or(usual.filter(|file| file.exists())) {
        sources.identity_file = Some(file);
    }
    Ok(find(&sources, &context.ask())?.identity)
}

/// The same for sops, which takes the identity itself from its environment as well.
pub(super) fn find_for_sops(given: Option<&PathBuf>, context: &Context) -> CliResult<Identity> {
    match env::sops_identity().filter(|_| given.is_none()) {
        None => find_for(given, env::sops_identities(), context),
        Some(text) => Ok(Identity::parse(&text, &RecipientPolicy::default(), NoPrompt).map_err(|_| {
            CliError::usage(
                "`SOPS_AGE_KEY` holds no age identity",
                "it begins with `AGE-SECRET-KEY-1`; `--age-identity FILE` names a file",
            )
        })?),
    }
}
