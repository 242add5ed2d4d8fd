//! `vault status`: which vault this is, who you are, what needs attention.

use clap::Args;
use serde::Serialize;

use super::rotate::{unconfirmed, waiting};
use super::unlock;
use super::unlock::Unlocked;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::exit::Exit;
use crate::cli::git;
use crate::cli::report::count::Count;
use crate::cli::report::fingerprint::words_of_vault;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::engine::{Checked, Error, Exposed, TrustStanding, UnfinishedKey, Vault};
use crate::model::key::{Key, KeyState};
use crate::model::parameter::Parameter;
use crate::model::secret::{Rotation, Secret};
use crate::model::time::Timestamp;
use crate::model::trust::Role;

/// More documents that cannot be trusted than this are counted, not shown.
const SHOWN: usize = 10;

/// Show which vault this is, who you are, and what needs attention
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Exit with 8 if anything needs attention
    #[arg(long)]
    check: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StatusReport {
    vault: String,
    label: String,
    directory: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<Unlocked>,
    #[serde(rename = "TrustRevision")]
    trust: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    anchor: Option<String>,
    keys: Vec<String>,
    members: Vec<String>,
    parameters: usize,
    secrets: usize,
    attention: Vec<String>,
}

pub(crate) fn run(args: &StatusArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_to_look()?;
    let mut report = status(&vault, context.now)?;
    report.agent = unlock::unlocked(context)?;
    vault.end(context);
    context.ui.report(&report)?;
    if args.check && !report.attention.is_empty() { Err(CliError::Reported(Exit::Check)) } else { Ok(()) }
}

/// What needs attention, each with the command for it.
pub(super) fn attention(vault: &Vault<'_>, now: Timestamp) -> CliResult<Vec<String>> {
    Ok(status(vault, now)?.attention)
}

fn status(vault: &Vault<'_>, now: Timestamp) -> CliResult<StatusReport> {
    let mut attention: Vec<String> = behind(vault.trust_standing()).into_iter().collect();
    let member = member(vault, &mut attention)?;
    let trust = vault.trust();
    if trust.members.iter().filter(|member| member.role == Role::Admin).count() < 2 {
        attention.push(
            "there is only one admin and no recovery key: if that identity is lost, the vault is lost".to_owned(),
        );
    }
    if vault.can_upgrade() {
        attention.push("this vault has format 1 and can only be read: `vault upgrade`".to_owned());
    }
    attention.extend(git::attention(vault)?);
    attention.extend(vault.unfinished_keys().unwrap_or_default().iter().flat_map(unfinished));
    attention.extend(trust.keys.iter().filter_map(|key| unused_key(key, now)));
    known_values(vault.must_rotate()?, &mut attention);
    // What is refused among these is refused above, too.
    rotations(vault, &vault.secrets()?.found, now, &mut attention);
    Ok(StatusReport {
        vault: vault.id().to_string(),
        label: trust.label.clone(),
        directory: vault.path().display().to_string(),
        member,
        agent: None,
        trust: trust.rev,
        anchor: vault.trust_standing().is_complete().then(|| vault.anchor().to_string()),
        keys: trust.keys.iter().map(|key| key.name.to_string()).collect(),
        members: trust.members.iter().map(|member| member.name.to_string()).collect(),
        parameters: vault.names::<Parameter>()?.found.len(),
        secrets: vault.names::<Secret>()?.found.len(),
        attention,
    })
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

/// The member of the identity, if it is available and belongs to one.
fn member(vault: &Vault<'_>, attention: &mut Vec<String>) -> CliResult<Option<String>> {
    attention.push(match vault.whoami() {
        Ok(member) => return Ok(Some(member.name.to_string())),
        Err(Error::NotAMember) => {
            "your identity does not belong to a member: request membership with `vault member request`".to_owned()
        }
        Err(error @ Error::Unlock(_)) => CliError::from(error).failure().message,
        Err(error) => return Err(error.into()),
    });
    Ok(None)
}

/// Rotations that failed, that are due, or that wait for a day that only a wrong clock knew.
fn rotations(vault: &Vault<'_>, secrets: &[Secret], now: Timestamp, attention: &mut Vec<String>) {
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

/// What an interrupted change or a merge left to do for a key.
fn unfinished(key: &UnfinishedKey) -> Vec<String> {
    let UnfinishedKey { name, unwrapped, sealless } = key;
    let mut lines: Vec<String> = Vec::new();
    if *sealless {
        lines.push(format!("the key {name} seals nothing until it has a new version: `vault key rotate {name}`"));
    }
    for reader in unwrapped {
        lines.push(format!("the key {name} is not wrapped for {reader} yet: `vault key grant {name} {reader}`"));
    }
    lines
}

/// How many values a former reader may know, and each document that cannot be trusted.
fn known_values(known: Checked<Exposed>, attention: &mut Vec<String>) {
    if !known.found.is_empty() {
        let values = Count::of(known.found.len(), "value");
        attention
            .push(format!("{values} must be replaced, which a former reader may know: `vault list --must-rotate`"));
    }
    let more = known.refused.len().saturating_sub(SHOWN);
    attention.extend(known.refused.into_iter().take(SHOWN).map(|refused| CliError::from(refused.error).with_hints()));
    if more > 0 {
        let more = Count::of_irregular(more, "more document", "more documents");
        attention.push(format!("{more} cannot be trusted: `vault verify`"));
    }
}

impl StatusReport {
    /// What this machine knows of the trust chain.
    fn known(&self) -> String {
        let known = if self.anchor.is_some() {
            "the newest that this machine has verified"
        } else {
            "this machine has verified another one"
        };
        format!("snapshot {}, {known}", self.trust)
    }
}

impl Report for StatusReport {
    fn text(&self, page: &mut Page) {
        page.fields([
            ("vault", Meaning::Name, self.label.clone()),
            ("directory", Meaning::Plain, self.directory.clone()),
            ("id", Meaning::Plain, self.vault.clone()),
            ("words", Meaning::Plain, words_of_vault(&self.vault)),
            ("you", Meaning::Plain, self.member.clone().unwrap_or_else(|| "not a member of the vault".into())),
            ("members", Meaning::Plain, self.members.join(", ")),
            ("keys", Meaning::Plain, self.keys.join(", ")),
            ("trust", Meaning::Plain, self.known()),
            ("parameters", Meaning::Plain, self.parameters.to_string()),
            ("secrets", Meaning::Plain, self.secrets.to_string()),
        ]);
        if let Some(anchor) = &self.anchor {
            page.fields([("new machines", Meaning::Plain, format!("VLT_ID={anchor}"))]);
        }
        if let Some(agent) = &self.agent {
            let until = agent.sentence(page);
            page.fields([("unlocked", Meaning::Plain, until)]);
        }
        for line in &self.attention {
            let word = page.paint(Meaning::Warning, "attention");
            let line = page.paint(Meaning::Plain, line);
            page.line(format!("{word}: {line}"));
        }
    }
}
