//! `vault list --must-rotate`: values that a former reader knows.

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::report::refused;
use crate::cli::report::refused::RefusedView;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::table::Table;
use crate::engine::{Checked, Exposed};

/// List values that must be replaced
#[derive(Debug, Args)]
#[command(
    long_about = "List values that must be replaced.\n\n\
        When a member is removed or loses access to a key, they still know what they could read. Every parameter and \
        secret with such a current value is listed, until a new value is put.\n\n\
        A document that cannot be trusted may contain such a value too: it is reported on stderr, the rest is \
        listed, and the exit code is 6.",
    after_help = "Examples:\n  \
        vault list --must-rotate\n  \
        vault rotate run prod/db                    a secret with a hook\n  \
        vault param put /prod/db/password --overwrite"
)]
pub(crate) struct ListArgs {
    /// List values that a former reader knows
    #[arg(long, required = true)]
    must_rotate: bool,
}

#[derive(Serialize)]
struct ListReport {
    #[serde(rename = "MustRotate")]
    exposed: Vec<ExposedView>,
    #[serde(rename = "RefusedDocuments", skip_serializing_if = "Vec::is_empty")]
    refused: Vec<RefusedView>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ExposedView {
    kind: &'static str,
    name: String,
    #[serde(rename = "KeyId")]
    key: String,
    reason: String,
}

pub(crate) fn run(_: &ListArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let Checked { found, refused } = vault.must_rotate()?;
    vault.finish(context);
    let exposed: Vec<_> = found.into_iter().map(ExposedView::from).collect();
    if exposed.is_empty() && refused.is_empty() {
        context.ui.note("nothing must be replaced");
    }
    context.ui.report(&ListReport { exposed, refused: refused::views(&refused) })?;
    refused::outcome(refused)
}

impl From<Exposed> for ExposedView {
    fn from(exposed: Exposed) -> Self {
        ExposedView {
            kind: exposed.kind.as_str(),
            name: exposed.name,
            key: exposed.key.to_string(),
            reason: if exposed.reason.is_empty() { "sealed again, not replaced".into() } else { exposed.reason },
        }
    }
}

impl Report for ListReport {
    fn text(&self, page: &mut Page) {
        let mut table = Table::new([
            ("NAME", Meaning::Name),
            ("KIND", Meaning::Plain),
            ("KEY", Meaning::Plain),
            ("REASON", Meaning::Dim),
        ]);
        for ExposedView { kind, name, key, reason } in &self.exposed {
            table.row([name.as_str(), kind, key, reason]);
        }
        page.table(&table);
    }
}
