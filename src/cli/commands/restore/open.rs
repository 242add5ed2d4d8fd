//! What is opened for a restore: the file, the vault that was unpacked, and the existing one. Nothing is remembered
//! about either vault.

use std::io::Read;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::RestoreArgs;
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::CliResult;
use crate::cli::first_use;
use crate::cli::input::backup_error::BackupError;
use crate::cli::input::backup_file;
use crate::crypto::identity::Identity;
use crate::engine::{ChainSource, Credentials, Error, OpenOptions, Vault};
use crate::model::anchor::Anchor;
use crate::model::freshness::Freshness;
use crate::model::id::VaultId;
use crate::unlock::find;
use crate::unlock::source::{Found, Origin};

/// The backup's content, and the identity that its values are opened with: where nobody is needed to open the file, nobody
/// may be there.
pub(super) fn backup(args: &RestoreArgs, context: &Context) -> CliResult<(Box<dyn Read>, Found)> {
    let sealed = backup_file::open(&args.file)?;
    let failed = |source| BackupError::Sealed { path: args.file.clone(), source };
    let (sources, ask) = (context.sources()?, context.ask());
    if sealed.is_under_passphrase() {
        let passphrase = backup_file::passphrase(args.passphrase_file.as_deref(), context)?;
        let opened = sealed.open_with_passphrase(&passphrase).map_err(failed)?;
        let found = find::find(&sources, &ask).unwrap_or_else(|_| nobody());
        return Ok((Box::new(opened), found));
    }
    let found = find::find(&sources, &ask)?;
    let opened = sealed.open(&found.identity).map_err(failed)?;
    Ok((Box::new(opened), found))
}

/// An identity that opens no value: everything else is verified all the same.
fn nobody() -> Found {
    Found { identity: Identity::generate().0, origin: Origin::Text, vault_id_line: None }
}

/// The vault where it was unpacked, opened with an identity that was found already. Where this machine does not know the vault,
/// a person is asked.
pub(super) fn unpacked(root: &Path, found: Found, context: &mut Context) -> CliResult<Vault<'static>> {
    let expected = env::expected_vault()?;
    let named: Option<Anchor> = found.vault_id_line.as_ref().and_then(|line| line.parse().ok());
    let named = named.map(|anchor| anchor.vault);
    let staged =
        |options| OpenOptions { chain: ChainSource::Rewritten, strictness: Box::new(|| Freshness::Warn), ..options };
    let accepted = match Vault::open(staged(context.options(root, expected, named)?)) {
        Err(Error::Unpinned(introduction)) => Some(first_use::accept(context, &introduction)?.vault),
        opened => opened.map(|_| named)?,
    };
    let identity = Mutex::new(Some(found.identity));
    // Only to read: nothing is signed here.
    let unlocker = Box::new(move |_| match identity.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(identity) => Ok(Credentials::native(identity)),
        None => Err("the identity was used already".into()),
    });
    Ok(Vault::open(staged(OpenOptions { unlocker, ..context.options(root, expected, accepted)? }))?)
}

/// The existing vault, with whatever trust chain it has.
pub(super) fn looked_at(root: &Path, id: VaultId, context: &Context) -> CliResult<Vault<'static>> {
    Ok(Vault::open(OpenOptions { chain: ChainSource::Rewritten, ..context.options(root, None, Some(id))? })?)
}
