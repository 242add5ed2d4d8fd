//! Shares that are behind or have expired, and those that cannot be trusted.

use super::item::Item;
use crate::cli::error::CliResult;
use crate::engine::{Refused, ShareState, Vault};
use crate::model::share::Share;
use crate::model::time::Timestamp;

/// Each with its command. Opens no identity and no value.
pub(super) fn shares(vault: &Vault<'_>, now: Timestamp) -> CliResult<Vec<Item>> {
    let shares = vault.shares()?;
    let of = |share: &Share| match vault.share_state(share, now) {
        Ok(ShareState::Behind) => {
            let what = format!("the share of {} with {} is behind its values", share.name, share.to);
            Some(Item::now(what).settled_by("vault tick"))
        }
        Ok(ShareState::Expired) => {
            let what = format!("the share of {} with {} has expired and opens nothing", share.name, share.to);
            Some(Item::soon(format!("{what}: `vault tick` ends it")).by("vault tick"))
        }
        // What is refused below the path is said as such.
        Ok(ShareState::Current) | Err(_) => None,
    };
    let items = shares.found.iter().filter_map(of);
    Ok(items.chain(shares.refused.into_iter().map(|Refused { error, .. }| Item::failed(error))).collect())
}
