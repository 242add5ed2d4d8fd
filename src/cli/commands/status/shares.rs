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
        Ok(ShareState::Behind) => Some(behind(share)),
        Ok(ShareState::Expired) => Some(expired(share)),
        // What is refused below the path is said as such.
        Ok(ShareState::Current) | Err(_) => None,
    };
    let items = shares.found.iter().filter_map(of);
    Ok(items.chain(shares.refused.into_iter().map(|Refused { error, .. }| Item::failed(error))).collect())
}

fn behind(share: &Share) -> Item {
    let (name, to) = (&share.name, &share.to);
    Item::now(format!("the share of {name} with {to} is behind its values: `vault tick`")).by("vault tick")
}

fn expired(share: &Share) -> Item {
    let (name, to) = (&share.name, &share.to);
    Item::soon(format!("the share of {name} with {to} has expired and opens nothing: `vault tick` ends it"))
        .by("vault tick")
}
