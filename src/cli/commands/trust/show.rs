//! `vault trust show`: the chain of snapshots, and the current state.

use clap::Args;
use data_encoding::HEXLOWER;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::report::date::Date;
use crate::cli::report::fingerprint::{Fingerprint, words_of_vault};
use crate::cli::report::trust_changes::changes;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::table::Table;
use crate::engine::{Vault, fingerprint_of};
use crate::model::key::{Key, VersionState};
use crate::model::trust::{Former, Trust};

/// Show the trust chain: members, keys, and their changes
#[derive(Debug, Args)]
#[command(
    long_about = "Show the trust chain: members and keys with their fingerprints, and every snapshot since the vault \
        was created, verified from the first one.",
    after_help = "Examples:\n  vault trust show"
)]
pub(crate) struct ShowArgs {}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TrustReport {
    vault: String,
    label: String,
    members: Vec<MemberLine>,
    keys: Vec<KeyLine>,
    former_members: Vec<MemberLine>,
    snapshots: Vec<Snapshot>,
    /// The newest one, for people to compare.
    #[serde(skip)]
    newest: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MemberLine {
    name: String,
    role: &'static str,
    fingerprint: String,
    /// The same for people; empty if the key is not in the chain.
    #[serde(skip)]
    words: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct KeyLine {
    name: String,
    id: String,
    floor: u64,
    scopes: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Snapshot {
    revision: u64,
    created_date: Date,
    by: String,
    changes: Vec<String>,
}

pub(super) fn run(_: &ShowArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let report = TrustReport::of(&vault)?;
    vault.finish(context);
    Ok(context.ui.report(&report)?)
}

impl TrustReport {
    fn of(vault: &Vault<'_>) -> CliResult<Self> {
        let trust = vault.trust();
        let mut members = Vec::new();
        for it in &trust.members {
            let fingerprint = HEXLOWER.encode(&fingerprint_of(it)?);
            let words = Fingerprint::of_member(it).words();
            members.push(MemberLine { name: it.name.to_string(), role: it.role.as_str(), fingerprint, words });
        }
        let key = |rule: &Key| KeyLine {
            name: rule.name.to_string(),
            id: rule.id.to_string(),
            floor: first_untainted(rule),
            scopes: rule.scopes.iter().map(ToString::to_string).collect(),
        };
        let chain = vault.snapshots()?;
        let former = trust.former.iter().map(|former| MemberLine {
            name: former.name.to_string(),
            role: if trust.member(&former.name).is_none() { "removed" } else { "old key" },
            fingerprint: HEXLOWER.encode(&former.fingerprint),
            words: words_of_former(former, &chain),
        });
        let snapshots = chain.iter().enumerate().map(|(at, it)| Snapshot {
            revision: it.rev,
            created_date: it.created.into(),
            by: it.by.to_string(),
            changes: changes(at.checked_sub(1).and_then(|before| chain.get(before)), it),
        });
        Ok(TrustReport {
            vault: vault.id().to_string(),
            label: trust.label.clone(),
            keys: trust.keys.iter().map(key).collect(),
            former_members: former.collect(),
            snapshots: snapshots.collect(),
            newest: vault.anchor().snapshot.map(|it| Fingerprint::from(it.hash).words()).unwrap_or_default(),
            members,
        })
    }
}

/// The state names the beginning of the key's hash only; the key itself is in an earlier snapshot.
fn words_of_former(former: &Former, chain: &[Trust]) -> String {
    let members = chain.iter().rev().flat_map(|snapshot| &snapshot.members);
    let mut named = members.filter(|member| member.name == former.name);
    let member = named.find(|member| fingerprint_of(member).is_ok_and(|print| print == former.fingerprint));
    member.map(|member| Fingerprint::of_member(member).words()).unwrap_or_default()
}

/// The first version of a key after every tainted one: nothing is sealed under an older one. In format 1, the chain
/// states it.
fn first_untainted(key: &Key) -> u64 {
    let last = key.versions.iter().rposition(|version| version.state != VersionState::Enabled);
    key.floor.max(last.map_or(1, |at| at as u64 + 2))
}

impl Report for TrustReport {
    fn text(&self, page: &mut Page) {
        use Meaning::{Dim, Name, Plain, Version};
        let fields = [
            ("vault", Name, self.label.clone()),
            ("id", Plain, self.vault.clone()),
            ("words", Plain, words_of_vault(&self.vault)),
            ("snapshot", Plain, self.newest.clone()),
        ];
        page.fields(fields.into_iter().filter(|(.., text)| !text.is_empty()));
        let mut members = Table::new([("MEMBER", Name), ("ROLE", Plain), ("WORDS", Dim)]);
        for MemberLine { name, role, words, .. } in self.members.iter().chain(&self.former_members) {
            members.row([name.as_str(), role, words]);
        }
        page.line("").table(&members);
        let mut keys = Table::new([("KEY", Name), ("GOVERNS", Plain), ("FROM VERSION", Version)]);
        for KeyLine { name, floor, scopes, .. } in &self.keys {
            keys.row([name, &scopes.join(", "), &floor.to_string()]);
        }
        page.line("").table(&keys);
        let mut chain = Table::new([("SNAPSHOT", Version), ("DATE", Dim), ("BY", Name), ("CHANGE", Plain)]);
        for Snapshot { revision, created_date, by, changes } in &self.snapshots {
            chain.row([&revision.to_string(), &page.age(*created_date), by, &changes.join(", ")]);
        }
        page.line("").table(&chain);
    }
}
