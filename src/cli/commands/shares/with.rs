//! Starting and ending a share, of a secret or of a path.

use std::str::FromStr;

use clap::Args;
use serde::Serialize;

use super::ShareView;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::report::count::Count;
use crate::cli::report::fingerprint::short_id;
use crate::cli::report::list::List;
use crate::cli::terminal::{Meaning, Page, Report};
use crate::engine::{Ended, ShareOrder};
use crate::model::parameter::{Policy, Rule};
use crate::model::share::{Shared, With};
use crate::model::time::Timestamp;

/// With whom something is shared.
#[derive(Debug, Args)]
pub(crate) struct WithArgs {
    /// A member of this vault, or the id of another vault
    #[arg(long, value_name = "WHO", value_parser = With::from_str)]
    with: With,
    /// Public key of the reader in that vault: age1… or ssh-ed25519 …; may be repeated
    #[arg(long, value_name = "KEY")]
    recipient: Vec<String>,
    /// Expiration time: 2027-01-31, 2027-01-31T12:00:00Z or a duration such as 90d
    #[arg(long, value_name = "WHEN")]
    expires: Option<String>,
}

/// An instant as users write it.
pub(crate) fn instant(when: &str, now: Timestamp) -> CliResult<Timestamp> {
    match Policy::expires(when, now).map(|policy| policy.rule()) {
        Ok(Rule::Expiration(at)) => Ok(at),
        Ok(_) => Err(CliError::usage(format!("`{when}` is not a time"), "such as 90d or 2027-01-31")),
        Err(error) => Err(CliError::usage(error.to_string(), "such as 90d or 2027-01-31")),
    }
}

/// Shares one secret or one path.
pub(crate) fn share(what: Shared, args: &WithArgs, context: &mut Context) -> CliResult<()> {
    if matches!(args.with, With::Member(_)) && !args.recipient.is_empty() {
        return Err(CliError::usage(
            "the recipients of a member are known",
            "`--recipient` is for another vault: `--with vlt1…`",
        ));
    }
    let expires = args.expires.as_deref().map(|when| instant(when, context.now)).transpose()?;
    let vault = context.open_vault()?;
    let order = ShareOrder { what, with: args.with.clone(), recipients: args.recipient.clone(), expires };
    let share = vault.share(&order, context.now)?;
    let view = ShareView::of(&vault, &share, context.now)?;
    vault.finish(context);
    Ok(context.ui.report(&ShareReport { view })?)
}

/// Ends a share.
pub(crate) fn unshare(what: &Shared, with: &With, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let Ended { marked: exposed, unmarked } = vault.unshare(what, with, context.now)?;
    vault.finish(context);
    let report = UnshareReport { name: what.name().to_owned(), with: with.to_string(), exposed, unmarked };
    context.ui.report(&report)?;
    if !report.unmarked.is_empty() {
        context.ui.warning(format!(
            "you may not mark {} as exposed: ask somebody who writes there to put a new value",
            List::and(report.unmarked.iter().map(String::as_str))
        ));
    }
    Ok(())
}

/// What a share is now.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ShareReport {
    #[serde(flatten)]
    view: ShareView,
}

impl Report for ShareReport {
    fn text(&self, page: &mut Page) {
        let name = page.paint(Meaning::Name, &self.view.name);
        let verb = if page.is_of_dry_run() { "would be" } else { "is" };
        let values = Count::of(self.view.names.len(), "value");
        let until = self.view.expires.map(|at| format!(" until {}", page.moment(at))).unwrap_or_default();
        page.line(format!("{name} {verb} shared with {}: {values}{until}", self.view.with()));
    }
}

/// A share that has ended.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UnshareReport {
    name: String,
    with: String,
    /// The names whose value the receiver still knows: it is marked.
    exposed: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unmarked: Vec<String>,
}

impl Report for UnshareReport {
    fn text(&self, page: &mut Page) {
        let name = page.paint(Meaning::Name, &self.name);
        let verb = if page.is_of_dry_run() { "would not be" } else { "is not" };
        let with = if self.with.starts_with("vlt1") { short_id(&self.with) } else { self.with.clone() };
        page.line(format!("{name} {verb} shared with {with} any more"));
        if !self.exposed.is_empty() {
            let values = Count::of(self.exposed.len(), "value");
            page.line(format!("{values} that they know must be replaced: `vault list --must-rotate`"));
        }
    }
}
