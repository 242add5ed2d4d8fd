//! What `vault status` says of copies of secrets in other vaults.

use super::item::{Item, at_most};
use crate::aws::replication_status::Status;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::replicas::{CopyStatus, statuses};
use crate::cli::report::count::Count;
use crate::engine::Vault;

/// More copies than this are counted, not named.
const NAMED: usize = 3;

/// Copies that are not as their secrets are.
pub(super) fn copies(vault: &Vault<'_>, context: &Context) -> CliResult<Vec<Item>> {
    let all = statuses(vault, &vault.replicated()?.found, context);
    let (behind, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|it| it.status == Status::InProgress);
    let mut items = Vec::new();
    if let Some(CopyStatus { name, .. }) = behind.first() {
        let what = match behind.len() {
            1 => format!("the copy of {name} in another vault is behind"),
            many => format!("{} in other vaults are behind", Count::of_irregular(many, "copy", "copies")),
        };
        items.push(Item::soon(what).settled_by("vault replica sync"));
    }
    let failed = |it: &CopyStatus| {
        let why = it.message.as_deref().unwrap_or_default();
        let what = format!("{} is not copied to another vault: {why}", it.name);
        Item::now(what).by(format!("vault replica ls {}", it.name))
    };
    let others = |more| Item::now(format!("{} like these", Count::of_irregular(more, "more copy", "more copies")));
    let wrong = rest.iter().filter(|it| it.is_wrong()).map(failed).collect();
    items.extend(at_most(NAMED, wrong, |more| others(more).settled_by("vault replica ls")));
    Ok(items)
}
