//! `vault list --must-rotate`: values that somebody knows who should not.

use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::error::CliResult;
use super::palette::Meaning;
use super::report::{Page, Report};
use super::table::Table;

/// List what needs a new value
#[derive(Debug, Args)]
#[command(
    long_about = "List what needs a new value.\n\n\
        When a member is removed or a key is taken from them, they still know what they could read. Every parameter and secret \
        whose current value is such a one is listed, until a new value is put.",
    after_help = "Examples:\n  \
        vault list --must-rotate\n  \
        vault rotate run prod/db                    a secret with a hook\n  \
        vault param put /prod/db/password --overwrite"
)]
pub(super) struct ListArgs {
    /// Values that a removed reader knows
    #[arg(long, required = true)]
    must_rotate: bool,
}

#[derive(Serialize)]
struct ListReport {
    #[serde(rename = "MustRotate")]
    exposed: Vec<ExposedView>,
}

#[derive(Serialize)]
struct ExposedView {
    #[serde(rename = "Kind")]
    kind: &'static str,
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "KeyId")]
    key: String,
    #[serde(rename = "Reason")]
    reason: String,
}

pub(super) fn run(_: &ListArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let exposed = vault.must_rotate()?.into_iter().map(|exposed| ExposedView {
        kind: exposed.kind.as_str(),
        name: exposed.name,
        key: exposed.key.to_string(),
        reason: if exposed.reason.is_empty() { "sealed again, not replaced".into() } else { exposed.reason },
    });
    let report = ListReport { exposed: exposed.collect() };
    context.finish(&vault);
    if report.exposed.is_empty() {
        context.ui.note("nothing has to be replaced");
    }
    context.ui.report(&report)?;
    Ok(())
}

impl Report for ListReport {
    fn text(&self, page: &mut Page) {
        let mut table = Table::new([
            ("KIND", Meaning::Plain),
            ("NAME", Meaning::Name),
            ("KEY", Meaning::Plain),
            ("REASON", Meaning::Dim),
        ]);
        for ExposedView { kind, name, key, reason } in &self.exposed {
            table.row([kind, name.as_str(), key, reason]);
        }
        page.table(&table);
    }
}
