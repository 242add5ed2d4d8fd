//! Vaults that are served: how they are opened again, and what hooks get that clients begin.

use std::sync::Arc;

use super::context::Context;
use super::env;
use super::error::CliResult;
use crate::engine::{ChainSource, OpenOptions, Vault};
use crate::hook::Surroundings;
use crate::model::freshness::Freshness;
use crate::serve::served::{Opener, Served};

/// A vault that a command has open, to be served to programs that it runs.
pub(crate) fn privately(vault: &Vault<'static>, context: &Context) -> CliResult<Arc<Served>> {
    let again = again(vault, context)?;
    let own = vault.for_request(context.purpose.clone());
    Ok(Arc::new(Served::new(own, again, env::now, context.purpose.clone(), None)?))
}

/// What hooks get of this user's environment.
pub(crate) fn surroundings() -> Surroundings {
    Surroundings { search: env::trusted_search_directories(), variables: env::hook_variables() }
}

/// Opens the vault again where it is. Its identity is the one that was found the first time.
pub(crate) fn again(vault: &Vault<'_>, context: &Context) -> CliResult<Opener> {
    let (root, state, purpose) = (vault.path().to_owned(), env::state_directory()?, context.purpose.clone());
    Ok(Box::new(move || {
        Vault::open(OpenOptions {
            root: root.clone(),
            state: state.clone(),
            expected: None,
            accepted: None,
            chain: ChainSource::Verified,
            dry_run: false,
            unlocker: Box::new(|_| Err("another vault is in its place".into())),
            purpose: purpose.clone(),
            strictness: Box::new(|| Freshness::Strict),
        })
    }))
}
