//! The vaults that are served.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::CliResult;
use crate::cli::served::{again, surroundings};
use crate::cli::session::Session;
use crate::hook::{Endpoints, Settings};
use crate::serve::functions::FunctionEndpoints;
use crate::serve::log::Log;
use crate::serve::rotations::Rotations;
use crate::serve::served::Served;

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

/// Prepares a vault to be served, and opens its identity.
pub(super) fn open(session: Session, account: Option<String>, context: &mut Context) -> CliResult<Served> {
    let vault = session.finish(context);
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
