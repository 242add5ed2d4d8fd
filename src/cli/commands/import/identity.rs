//! Which age identity opens files of sops and passage.

use std::path::PathBuf;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::crypto::identity::Identity;
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
