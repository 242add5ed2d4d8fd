//! What in a vault needs attention, each with the command that changes it. What cannot be found out is a line too, and hides no other.

use std::collections::BTreeSet;

use super::events::events;
use crate::cli::commands::rotate::{unconfirmed, waiting};
use crate::cli::error::{CliError, CliResult};
use crate::cli::git;
use crate::cli::git::Attention;
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
pub(crate) fn attention(vault: &Vault<'_>, now: Timestamp) -> Vec<String> {
    let git = git::attention(vault).unwrap_or_else(|error| Attention::failed(CliError::from(error).with_hints()));
    let is_in_conflict = |path: &str| git.conflicts.iter().any(|known| known == path);
    let sources: [CliResult<Vec<String>>; 8] = [
        Ok(behind(vault.trust_standing()).into_iter().chain(of_trust(vault)).collect()),
        Ok(git.lines.clone()),
        Ok(keys(vault, now, is_in_conflict)),
        vault.must_rotate().map(|known| known_values(known, is_in_conflict)).map_err(CliError::from),
        vault.vanished().map(|found| found_here(&found, is_in_conflict)).map_err(CliError::from),
        vault.strays().map(|found| found_here(&found, is_in_conflict)).map_err(CliError::from),
        events(vault),
        // What is refused among these is refused above, too.
        vault.secrets().map(|secrets| rotations(vault, &secrets.found, now)).map_err(CliError::from),
    ];
    let mut seen = BTreeSet::new();
    let lines = sources.into_iter().flat_map(|lines| lines.unwrap_or_else(|error| vec![error.with_hints()]));
    lines.filter(|line| seen.insert(line.clone())).collect()
}

/// What the trust chain lacks of what this machine has verified.
fn behind(standing: TrustStanding) -> Option<String> {
    match standing {
        TrustStanding::Current | TrustStanding::Ahead => None,
        TrustStanding::Behind { seen, found } => Some(format!(
            "this checkout is at trust snapshot {found}, and this machine has verified {seen}: merge or pull"
        )),
        TrustStanding::Fork { seen, found } => Some(format!(
            "the trust chain was rewritten: it ends at snapshot {found}, and this machine has verified snapshot {seen}; an admin \
             combines two branches with `vault trust rebase`"
        )),
    }
}

fn of_trust(vault: &Vault<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    if vault.trust().members.iter().filter(|member| member.role == Role::Admin).count() < 2 {
        lines.push(
            "there is only one admin and no recovery key: if that identity is lost, the vault is lost".to_owned(),
        );
    }
    if vault.can_upgrade() {
        lines.push("this vault has format 1 and can only be read: `vault upgrade`".to_owned());
    }
    lines
}

/// What an interrupted change or a merge left to do for each key. One whose document is refused hides no other.
fn keys(vault: &Vault<'_>, now: Timestamp, is_in_conflict: impl Fn(&str) -> bool) -> Vec<String> {
    let mut lines = Vec::new();
    for key in &vault.trust().keys {
        lines.extend(unused_key(key, now));
        match vault.unfinished_key(&key.name) {
            Ok(unfinished) => lines
                .extend(unfinished.iter().flat_map(|it| todo(vault, it)).map(|(what, how)| format!("{what}: `{how}`"))),
            Err(_) if is_in_conflict(&format!("keys/{}.yaml", key.name)) => {}
            Err(error) => lines.push(CliError::from(error).with_hints()),
        }
    }
    lines
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
fn unused_key(key: &Key, now: Timestamp) -> Option<String> {
    let name = &key.name;
    match key.state {
        KeyState::Disabled => Some(format!("the key {name} is disabled: `vault key enable {name}`")),
        KeyState::Deleting(_) if key.is_due(now) => Some(format!(
            "the key {name} is due to be destroyed: `vault tick`, or `vault key restore {name}` if it is still needed"
        )),
        KeyState::Deleting(after) if !key.is_destroyed() => {
            Some(format!("the key {name} is to be deleted after {after}: `vault key restore {name}` brings it back"))
        }
        KeyState::Enabled | KeyState::Deleting(_) => None,
    }
}

/// How many values a former reader may know, and each document that cannot be trusted.
fn known_values(known: Checked<Exposed>, is_in_conflict: impl Fn(&str) -> bool) -> Vec<String> {
    let mut lines = Vec::new();
    if !known.found.is_empty() {
        let values = Count::of(known.found.len(), "value");
        lines.push(format!("{values} must be replaced, which a former reader may know: `vault list --must-rotate`"));
    }
    let refused = known.refused.into_iter().filter(|refused| !is_in_conflict(&refused.path));
    lines.extend(shown(refused.map(|refused| CliError::from(refused.error).with_hints()).collect()));
    lines
}

fn found_here(found: &[Finding], is_in_conflict: impl Fn(&str) -> bool) -> Vec<String> {
    let found = found.iter().filter(|finding| !is_in_conflict(finding.path())).map(FindingView::from);
    shown(found.map(|FindingView { message, hints, .. }| [vec![message], hints].concat().join("; ")).collect())
}

fn shown(mut lines: Vec<String>) -> Vec<String> {
    let more = lines.len().saturating_sub(SHOWN);
    lines.truncate(SHOWN);
    if more > 0 {
        lines.push(format!("{} like these: `vault verify`", Count::of(more, "more document")));
    }
    lines
}

/// Rotations that failed, that are due, or that wait for a day that only a wrong clock knew.
fn rotations(vault: &Vault<'_>, secrets: &[Secret], now: Timestamp) -> Vec<String> {
    let mut attention = Vec::new();
    let live = || secrets.iter().filter_map(|secret| Some((secret, secret.live_rotation()?)));
    for (secret, rotation) in live().filter(|(secret, _)| secret.is_rotating()) {
        let Some(run) = rotation.run.as_ref().filter(|run| !run.error.is_empty()) else { continue };
        attention.push(format!(
            "the rotation of {} failed at {}: {}; see `vault rotate status`",
            secret.name, run.step, run.error
        ));
    }
    for (secret, _) in live().filter(|(secret, _)| !secret.aborted().is_empty()) {
        attention.push(format!(
            "a rotation of {0} was aborted, and its service may have that value: `vault rotate run {0}` also tries \
             it; see `vault rotate status`",
            secret.name
        ));
    }
    for (secret, rotation) in live().filter(|(_, rotation)| rotation.due(now)) {
        match waiting(vault, secret) {
            Some(waiting) if rotation.terms().is_none() => attention.push(format!("{} {waiting}", secret.name)),
            Some(waiting) => attention.push(format!("{} is due for rotation and {waiting}", secret.name)),
            None if secret.is_rotating() => {}
            None => attention.push(format!("{} is due for rotation: `vault rotate run --due`", secret.name)),
        }
    }
    let is_later = |rotation: &Rotation| rotation.enabled && !rotation.due(now);
    for (secret, _) in live().filter(|(_, rotation)| is_later(rotation)) {
        attention.extend(unconfirmed(vault, secret).map(|reason| format!("the rotation of {} {reason}", secret.name)));
    }
    for (secret, _) in live().filter(|(_, rotation)| rotation.counts_from_future(now)) {
        attention.push(format!(
            "{} was rotated while the clock was ahead and waits for that date: `vault rotate run {}`",
            secret.name, secret.name
        ));
    }
    attention
}
