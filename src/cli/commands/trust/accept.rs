//! `vault trust accept`: accept a rewritten trust chain.

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::git;
use crate::cli::report::fingerprint::Fingerprint;
use crate::cli::report::trust_changes::changes;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::prompt::Question;
use crate::engine::{TrustStanding, Vault};
use crate::format::path::trust_path;
use crate::machine::Pin;
use crate::model::trust::Role;

/// Accept a rewritten trust chain
#[derive(Debug, Args)]
#[command(
    long_about = "Accept a rewritten trust chain.\n\n\
        If a change of members or keys was reverted in git, the chain is shorter or different from what this machine \
        remembers: it is refused, or can be read and not written. An attacker could do the same to bring back a removed \
        member: ask the admins before you accept. The chain is verified from the first snapshot; the vault's id never \
        changes. What you accept holds in this directory only.",
    after_help = "Examples:\n  vault trust accept"
)]
pub(crate) struct AcceptArgs {
    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AcceptReport {
    #[serde(rename = "RevisionSeen", skip_serializing_if = "Option::is_none")]
    seen: Option<u64>,
    trust_revision: u64,
    accepted: bool,
    changes: Vec<String>,
}

pub(super) fn run(args: &AcceptArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_rewritten()?.leave();
    let trust = vault.trust();
    let trust_revision = trust.rev;
    let seen = match vault.trust_standing() {
        TrustStanding::Behind { seen, .. } | TrustStanding::Fork { seen: Pin { rev: seen, .. }, .. } => Some(seen),
        TrustStanding::Current | TrustStanding::Ahead => vault.pinned()?,
    };
    if vault.is_pinned()? && vault.trust_standing().is_complete() {
        context.ui.note("this machine already knows this trust chain; nothing was changed");
        let report = AcceptReport { seen, trust_revision, accepted: false, changes: Vec::new() };
        return Ok(context.ui.report(&report)?);
    }
    let names = |role: Role| {
        let members = trust.members.iter().filter(|member| member.role == role);
        members.map(|member| member.name.to_string()).collect::<Vec<_>>().join(", ")
    };
    context.ui.note(format!(
        "already saw snapshot {}, but the current chain ends at {trust_revision}, by `{}` at {}",
        seen.unwrap_or_default(),
        trust.by,
        trust.created
    ));
    if let Some(snapshot) = vault.anchor().snapshot {
        let words = Fingerprint::from(snapshot.hash).words();
        context.ui.note(format!("an admin sees the same words for snapshot {trust_revision}: {words}"));
    }
    context.ui.note(format!("admins: {}; members: {}", names(Role::Admin), names(Role::Member)));
    let changes = seen.map_or_else(Vec::new, |seen| since_pinned(&vault, seen));
    if !changes.is_empty() {
        context.ui.note(format!("what changes: {}", changes.join(", ")));
    }
    context.confirm_change(args.yes, Question::decision("Accept this chain?"), "nothing was changed")?;
    let accepted = !context.global.dry_run;
    if accepted {
        vault.accept_trust()?;
    }
    Ok(context.ui.report(&AcceptReport { seen, trust_revision, accepted, changes })?)
}

/// What differs from the snapshot that this machine has verified, if git has it.
fn since_pinned(vault: &Vault<'_>, seen: u64) -> Vec<String> {
    let pinned = git::past_state(vault, &trust_path(seen), &["--all", "--reflog"], |raw| vault.pinned_in(raw));
    pinned.map_or_else(Vec::new, |pinned| changes(Some(&pinned), &vault.trust()))
}

impl Report for AcceptReport {
    fn text(&self, page: &mut Page) {
        if self.accepted {
            let here = page.paint(Meaning::Version, &self.trust_revision.to_string());
            page.line(format!("this machine trusts the chain that ends at {here}"));
        }
    }
}
