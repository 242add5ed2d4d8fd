//! `vault list --must-rotate`: values that a former reader knows.

use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::report::dated::dated;
use crate::cli::report::list::List;
use crate::cli::report::refused::{self, RefusedView};
use crate::cli::terminal::{Meaning, Page, Report, Table};
use crate::engine::{Checked, Exposed};
use crate::model::trust::Kind;

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

/// Lists the values that a former reader knows.
pub(super) fn run(context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let Checked { found, refused } = vault.must_rotate()?;
    vault.finish(context);
    let exposed: Vec<_> = found.into_iter().map(ExposedView::from).collect();
    if exposed.is_empty() && refused.is_empty() {
        context.ui.note("nothing must be replaced");
    }
    let is_any = !exposed.is_empty();
    context.ui.report(&ListReport { exposed, refused: refused::views(&refused) })?;
    if is_any {
        context.ui.next(
            "`vault rotate run --exposed` rotates the secrets that have a hook; the others get a new value, such as with \
             `vault set NAME`",
        );
    }
    refused::outcome(refused)
}

impl From<Exposed> for ExposedView {
    fn from(exposed: Exposed) -> Self {
        let reason = match exposed.reason {
            unknown if unknown.is_empty() => "known to somebody who is no reader".into(),
            reason => reason,
        };
        ExposedView {
            kind: exposed.kind.as_str(),
            name: exposed.name,
            key: exposed.key.to_string(),
            reason: format!("{reason}{}", still(exposed.kind, &exposed.labels)),
        }
    }
}

/// Why a value that is not current is listed.
fn still(kind: Kind, labels: &[String]) -> String {
    match kind {
        _ if labels.is_empty() => String::new(),
        Kind::Credential => String::new(),
        Kind::Secret => "; AWSPREVIOUS still logs in".to_owned(),
        Kind::Parameter => format!("; in use by the label {}", List::and(labels.iter().map(String::as_str))),
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
            table.row([name.as_str(), kind, key, &dated(reason, page)]);
        }
        page.table(&table);
    }
}
