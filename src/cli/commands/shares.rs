//! `vault shares`: what is shared with whom, and what `vault secret share` and `vault param share` have in common.

pub(crate) mod with;

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::report::fingerprint::short_id;
use crate::cli::report::refused;
use crate::cli::terminal::{Meaning, Page, Report, Table};
use crate::engine::{Result, ShareState, Vault};
use crate::model::share::{AUTHOR, SINCE, Share};
use crate::model::time::Timestamp;

/// Show what is shared, and with whom
#[derive(Debug, Args)]
#[command(
    long_about = "Show what is shared with another vault or with a member, since when and by whom, and whether the receiver has the \
        current values. A share that is behind is renewed by `vault tick` of somebody who can read everything in it.\n\n\
        Needs no identity.",
    after_help = "Examples:\n  vault shares\n  vault --vault THEIRS shares    in a clone of another vault"
)]
pub(crate) struct SharesArgs {}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SharesReport {
    shares: Vec<ShareView>,
}

/// A share, as it is shown.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ShareView {
    id: String,
    /// `secret` or `parameter`.
    kind: &'static str,
    /// The name of the secret, or the path.
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    vault: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<String>,
    recipients: Vec<String>,
    state: &'static str,
    created_date: String,
    created_by: String,
    last_modified_date: String,
    modified_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_date: Option<String>,
    names: Vec<String>,
    #[serde(skip)]
    since: Timestamp,
    #[serde(skip)]
    expires: Option<Timestamp>,
}

impl ShareView {
    pub(crate) fn of(vault: &Vault<'_>, share: &Share, now: Timestamp) -> Result<Self> {
        let what = share.what();
        let extra = |field| share.head.extra.get(field).cloned();
        let since = extra(SINCE).and_then(|since| since.parse().ok()).unwrap_or(share.head.modified);
        Ok(ShareView {
            id: share.id.to_string(),
            kind: what.as_ref().map_or("", |what| what.kind().as_str()),
            name: what.map_or_else(String::new, |what| what.name().to_owned()),
            vault: share.to.vault.map(|vault| vault.to_string()),
            member: share.to.member.as_ref().map(ToString::to_string),
            recipients: share.to.recipients.clone(),
            state: word(vault.share_state(share, now)?),
            created_date: since.to_string(),
            created_by: extra(AUTHOR).unwrap_or_else(|| share.head.by.to_string()),
            last_modified_date: share.head.modified.to_string(),
            modified_by: share.head.by.to_string(),
            expiration_date: share.expires.map(|at| at.to_string()),
            names: share.items.iter().map(|item| item.name.clone()).collect(),
            since,
            expires: share.expires,
        })
    }

    /// With whom, short enough for a column.
    pub(crate) fn with(&self) -> String {
        match (&self.member, &self.vault) {
            (Some(member), _) => member.clone(),
            (None, Some(vault)) => short_id(vault),
            (None, None) => String::new(),
        }
    }
}

fn word(state: ShareState) -> &'static str {
    match state {
        ShareState::Current => "CURRENT",
        ShareState::Behind => "BEHIND",
        ShareState::Expired => "EXPIRED",
    }
}

pub(crate) fn run(_: &SharesArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let found = vault.shares()?;
    let shares =
        found.found.iter().map(|share| ShareView::of(&vault, share, context.now)).collect::<Result<Vec<_>>>()?;
    vault.finish(context);
    if shares.is_empty() && found.refused.is_empty() {
        context.ui.note("nothing is shared: `vault secret share --help` has examples");
    }
    context.ui.report(&SharesReport { shares })?;
    refused::outcome(found.refused)
}

impl Report for SharesReport {
    fn text(&self, page: &mut Page) {
        let columns = [
            ("NAME", Meaning::Name),
            ("WITH", Meaning::Plain),
            ("SINCE", Meaning::Plain),
            ("BY", Meaning::Plain),
            ("STATE", Meaning::Plain),
            ("EXPIRES", Meaning::Plain),
        ];
        let mut table = Table::new(columns);
        for share in &self.shares {
            let expires = share.expires.map(|at| page.age(at)).unwrap_or_default();
            let since = page.age(share.since);
            table.row([&share.name, &share.with(), &since, &share.created_by, &share.state.to_lowercase(), &expires]);
        }
        page.table(&table);
    }
}
