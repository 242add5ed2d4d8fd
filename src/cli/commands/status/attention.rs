//! What in a vault needs attention, each with the command that changes it. What cannot be found out is an item too, and hides no other.

use std::collections::BTreeSet;

use super::copies::copies;
use super::credentials::credentials;
use super::due::due;
use super::events::events;
use super::item::{Item, at_most};
use super::shares::shares;
use crate::cli::commands::audit::{Anchored, anchored};
use crate::cli::commands::rotate::{unconfirmed, waiting};
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::git::{self, Attention};
use crate::cli::report::count::Count;
use crate::cli::report::finding::FindingView;
use crate::engine::{Checked, Exposed, Finding, TrustStanding, UnfinishedKey, Vault};
use crate::model::key::{Key, KeyState};
use crate::model::secret::{Rotation, Secret};
use crate::model::time::Timestamp;
use crate::model::trust::Role;

/// More documents of a kind than this are counted, not shown.
const SHOWN: usize = 10;

/// Everything that needs attention, except what concerns this user's identity.
pub(crate) fn attention(vault: &Vault<'_>, context: &Context) -> Vec<Item> {
    let now = context.now;
    let git = git::attention(vault).unwrap_or_else(|error| Attention::failed(CliError::from(error).with_hints()));
    let is_in_conflict = |path: &str| git.conflicts.iter().any(|known| known == path);
    let sources: [CliResult<Vec<Item>>; 13] = [
        Ok(behind(vault.trust_standing()).into_iter().chain(of_trust(vault)).collect()),
        Ok(of_git(&git)),
        Ok(keys(vault, now, is_in_conflict)),
        vault.must_rotate().map(|known| known_values(known, is_in_conflict)).map_err(CliError::from),
        vault.vanished().map(|found| found_here(&found, is_in_conflict)).map_err(CliError::from),
        vault.strays().map(|found| found_here(&found, is_in_conflict)).map_err(CliError::from),
        events(vault),
        credentials(vault, now),
        shares(vault, now),
        copies(vault, context),
        Ok(log(vault, now).into_iter().collect()),
        due(vault, now).map_err(CliError::from),
        // What is refused among these is refused above, too.
        vault.secrets().map(|secrets| rotations(vault, &secrets.found, now)).map_err(CliError::from),
    ];
    let mut seen = BTreeSet::new();
    let items = sources.into_iter().flat_map(|items| items.unwrap_or_else(|error| vec![Item::failed(error)]));
    items.filter(|item| seen.insert(item.message.clone())).collect()
}

fn of_git(git: &Attention) -> Vec<Item> {
    git.lines.iter().map(|(line, command)| Item { command: command.map(Into::into), ..Item::now(line) }).collect()
}

/// A log of uses that is not the one that was anchored, or that cannot be written.
fn log(vault: &Vault<'_>, now: Timestamp) -> Option<Item> {
    match anchored(vault, now) {
        Ok(Anchored::Not(why)) => Some(Item::now(why).settled_by("vault audit verify")),
        Ok(Anchored::Poorly(why)) => Some(Item::know(why).settled_by("vault audit anchor")),
        Ok(Anchored::NoLog | Anchored::Well(_)) => None,
        Err(error) => Some(Item::know(format!("uses are not recorded on this machine: {error}; `vault doctor`"))),
    }
}

/// What the trust chain lacks of what this machine has verified.
fn behind(standing: TrustStanding) -> Option<Item> {
    match standing {
        TrustStanding::Current | TrustStanding::Ahead => None,
        TrustStanding::Behind { seen, found } => Some(
            Item::now(format!(
                "this checkout is at trust snapshot {found}, and this machine has verified {seen}: merge or pull"
            ))
            .by("git pull"),
        ),
        TrustStanding::Fork { seen, found } => Some(
            Item::now(format!(
                "the trust chain was rewritten: it ends at snapshot {found}, and this machine has verified snapshot {seen}; an \
                 admin combines two branches with `vault trust rebase`"
            ))
            .by("vault trust rebase"),
        ),
    }
}

fn of_trust(vault: &Vault<'_>) -> Vec<Item> {
    let mut items = Vec::new();
    if vault.trust().members.iter().filter(|member| member.role == Role::Admin).count() < 2 {
        items.push(Item::soon(
            "there is only one admin and no recovery key: if that identity is lost, the vault is lost",
        ));
    }
    if vault.can_upgrade() {
        items.push(Item::now("this vault has format 1 and can only be read").settled_by("vault upgrade"));
    }
    items
}

/// What an interrupted change or a merge left to do for each key. One whose document is refused hides no other.
fn keys(vault: &Vault<'_>, now: Timestamp, is_in_conflict: impl Fn(&str) -> bool) -> Vec<Item> {
    let mut items = Vec::new();
    for key in &vault.trust().keys {
        items.extend(unused_key(key, now));
        match vault.unfinished_key(&key.name) {
            Ok(unfinished) => {
                let todo = unfinished.iter().flat_map(|it| todo(vault, it));
                items.extend(todo.map(|(what, how)| Item::now(what).settled_by(how)));
            }
            Err(_) if is_in_conflict(&format!("keys/{}.yaml", key.name)) => {}
            Err(error) => items.push(Item::failed(error)),
        }
    }
    items
}

/// What is left to do for a key, each with its command.
pub(crate) fn todo(vault: &Vault<'_>, key: &UnfinishedKey) -> Vec<(String, String)> {
    let UnfinishedKey { name, unwrapped, sealless, overwrapped } = key;
    let mut lines = Vec::new();
    if *sealless {
        lines.push((
            format!("the key {name} seals nothing until it has a new version"),
            format!("vault key rotate {name}"),
        ));
    }
    for reader in unwrapped {
        lines.push((
            format!("the key {name} is not wrapped for {reader} yet"),
            format!("vault key grant {name} {reader}"),
        ));
    }
    let reader = vault.key(name).ok().and_then(|key| key.readers.first().cloned());
    if let Some(reader) = reader.filter(|_| *overwrapped) {
        let what = format!(
            "older versions of the key {name} are still wrapped for somebody who was removed, as a command was interrupted"
        );
        lines.push((what, format!("vault key grant {name} {reader}")));
    }
    lines
}

/// A key that nothing can be read or written under.
fn unused_key(key: &Key, now: Timestamp) -> Option<Item> {
    let name = &key.name;
    match key.state {
        KeyState::Disabled => {
            Some(Item::soon(format!("the key {name} is disabled")).settled_by(format!("vault key enable {name}")))
        }
        KeyState::Deleting(_) if key.is_due(now) => Some(
            Item::now(format!(
                "the key {name} is due to be destroyed: `vault tick`, or `vault key restore {name}` if it is still needed"
            ))
            .by("vault tick"),
        ),
        KeyState::Deleting(after) if !key.is_destroyed() => {
            let restore = format!("vault key restore {name}");
            let what = format!("the key {name} is to be deleted after {after}: `{restore}` brings it back");
            Some(Item::soon(what).by(restore))
        }
        KeyState::Enabled | KeyState::Deleting(_) => None,
    }
}

/// How many values a former reader may know, and each document that cannot be trusted.
fn known_values(known: Checked<Exposed>, is_in_conflict: impl Fn(&str) -> bool) -> Vec<Item> {
    let mut items = Vec::new();
    if !known.found.is_empty() {
        let values = Count::of(known.found.len(), "value");
        let what = format!("{values} must be replaced, which a former reader may know");
        items.push(Item::now(what).settled_by("vault list --must-rotate"));
    }
    let refused = known.refused.into_iter().filter(|refused| !is_in_conflict(&refused.path));
    items.extend(shown(refused.map(|refused| Item::failed(refused.error)).collect()));
    items
}

fn found_here(found: &[Finding], is_in_conflict: impl Fn(&str) -> bool) -> Vec<Item> {
    let found = found.iter().filter(|finding| !is_in_conflict(finding.path())).map(FindingView::from);
    shown(
        found.map(|FindingView { message, hints, .. }| Item::now([vec![message], hints].concat().join("; "))).collect(),
    )
}

fn shown(items: Vec<Item>) -> Vec<Item> {
    let others = |more| Item::now(format!("{} like these", Count::of(more, "more document")));
    at_most(SHOWN, items, |more| others(more).settled_by("vault verify"))
}

/// Rotations that failed, that are due, or that wait for a day that only a wrong clock knew.
fn rotations(vault: &Vault<'_>, secrets: &[Secret], now: Timestamp) -> Vec<Item> {
    let mut items = Vec::new();
    let live = || secrets.iter().filter_map(|secret| Some((secret, secret.live_rotation()?)));
    let see = |secret: &Secret| format!("vault rotate status {}", secret.name);
    for (secret, rotation) in live().filter(|(secret, _)| secret.is_rotating()) {
        let Some(run) = rotation.run.as_ref().filter(|run| !run.error.is_empty()) else { continue };
        let what =
            format!("the rotation of {} failed at {}: {}; see `vault rotate status`", secret.name, run.step, run.error);
        items.push(Item::now(what).by(see(secret)));
    }
    for (secret, _) in live().filter(|(secret, _)| !secret.aborted().is_empty()) {
        let what = format!(
            "a rotation of {0} was aborted, and its service may have that value: `vault rotate run {0}` also tries \
             it; see `vault rotate status`",
            secret.name
        );
        items.push(Item::now(what).by(see(secret)));
    }
    for (secret, rotation) in live().filter(|(_, rotation)| rotation.due(now)) {
        let (what, command) = match waiting(vault, secret) {
            Some(waiting) if rotation.terms().is_none() => (format!("{} {waiting}", secret.name), see(secret)),
            Some(waiting) => (format!("{} is due for rotation and {waiting}", secret.name), see(secret)),
            None if secret.is_rotating() => continue,
            None => {
                let run = "vault rotate run --due".to_owned();
                (format!("{} is due for rotation: `{run}`", secret.name), run)
            }
        };
        items.push(Item::now(what).by(command));
    }
    let is_later = |rotation: &Rotation| rotation.enabled && !rotation.due(now);
    for (secret, _) in live().filter(|(_, rotation)| is_later(rotation)) {
        items.extend(
            unconfirmed(vault, secret)
                .map(|reason| Item::soon(format!("the rotation of {} {reason}", secret.name)).by(see(secret))),
        );
    }
    for (secret, _) in live().filter(|(_, rotation)| rotation.counts_from_future(now)) {
        let what = format!("{} was rotated while the clock was ahead and waits for that date", secret.name);
        items.push(Item::soon(what).settled_by(format!("vault rotate run {}", secret.name)));
    }
    items
}
