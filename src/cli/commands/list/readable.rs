//! `vault list --readable-by MEMBER`: what a member can decrypt.

use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::report::refused::{self, RefusedView};
use crate::cli::terminal::{Meaning, Page, Report, Table};
use crate::engine::{Checked, Readable};
use crate::model::name::MemberName;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ReadableReport {
    readable: Vec<ReadableView>,
    #[serde(rename = "RefusedDocuments", skip_serializing_if = "Vec::is_empty")]
    refused: Vec<RefusedView>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ReadableView {
    kind: &'static str,
    name: String,
    #[serde(rename = "KeyId")]
    key: String,
    versions: usize,
}

/// Lists the values that a member can decrypt.
pub(super) fn run(member: &MemberName, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let Checked { found, refused } = vault.readable_by(member)?;
    vault.finish(context);
    if found.is_empty() && refused.is_empty() {
        context.ui.note(format!("`{member}` can decrypt nothing in this vault"));
    }
    let readable = found.into_iter().map(ReadableView::from).collect();
    context.ui.report(&ReadableReport { readable, refused: refused::views(&refused) })?;
    refused::outcome(refused)
}

impl From<Readable> for ReadableView {
    fn from(it: Readable) -> Self {
        ReadableView { kind: it.kind.as_str(), name: it.name, key: it.key.to_string(), versions: it.versions }
    }
}

impl Report for ReadableReport {
    fn text(&self, page: &mut Page) {
        let mut table = Table::new([
            ("NAME", Meaning::Name),
            ("KIND", Meaning::Plain),
            ("KEY", Meaning::Plain),
            ("VERSIONS", Meaning::Plain),
        ]);
        for it in &self.readable {
            table.row([it.name.as_str(), it.kind, &it.key, &it.versions.to_string()]);
        }
        page.table(&table);
    }
}
