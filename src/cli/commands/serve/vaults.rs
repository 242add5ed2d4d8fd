//! The vaults that are served.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::CliResult;
use crate::cli::served::{again, surroundings};
use crate::hook::{Endpoints, Settings};
use crate::serve::functions::FunctionEndpoints;
use crate::serve::rotations::Rotations;
use crate::serve::served::Served;
use crate::serve::server::Log;

/// A vault for one region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RegionVault {
    pub region: String,
    pub vault: PathBuf,
}

impl FromStr for RegionVault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_region =
            |region: &&str| !region.is_empty() && region.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-');
        let parts = text.split_once('=').filter(|(region, vault)| is_region(region) && !vault.is_empty());
        let (region, vault) = parts.ok_or("use REGION=VAULT, such as eu-west-1=/srv/shop/.vault")?;
        Ok(RegionVault { region: region.to_owned(), vault: vault.into() })
    }
}

/// Opens a vault to be served, and its identity.
pub(super) fn open(root: &Path, account: Option<String>, context: &mut Context) -> CliResult<Served> {
    let vault = context.open_vault_at(root)?.finish(context);
    vault.whoami()?;
    let again = again(&vault, context)?;
    Ok(Served::new(vault, again, env::now, context.purpose.clone(), account)?)
}

/// A served vault whose secrets clients may rotate: with the hooks that are approved on this machine.
pub(super) fn rotating(served: Served, log: &Log) -> Arc<Served> {
    let served = Arc::new(served);
    let endpoints: Arc<dyn Endpoints> = Arc::new(FunctionEndpoints::new(Arc::clone(&served)));
    let settings = Settings { surroundings: surroundings(), endpoints: Some(endpoints), ..Settings::default() };
    drop(served.rotations.set(Rotations::new(settings, Arc::clone(log))));
    served
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_has_a_vault() {
        let parsed: RegionVault = "eu-west-1=/srv/a=b/.vault".parse().unwrap();
        assert_eq!((parsed.region.as_str(), parsed.vault.to_str()), ("eu-west-1", Some("/srv/a=b/.vault")));
        for bad in ["", "eu-west-1", "=x", "eu-west-1=", "eu west=x"] {
            assert!(bad.parse::<RegionVault>().is_err(), "{bad}");
        }
    }
}
