//! The plan of an import, as a table and as JSON.

use serde::Serialize;

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::terminal::{Meaning, Page, Report, Table};
use crate::engine::Planned;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ImportReport {
    pub(crate) plan: Vec<Row>,
    pub(crate) dry_run: bool,
}

/// The plan for one name.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Row {
    pub(crate) name: String,
    /// The type of a parameter, or `Secret`.
    #[serde(rename = "Type", skip_serializing_if = "str::is_empty")]
    pub(crate) kind: &'static str,
    pub(crate) action: &'static str,
    /// How many versions the source has.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) versions: usize,
    /// The number that the last version will have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

/// The type of what becomes a secret.
pub(crate) const SECRET: &str = "Secret";

impl Row {
    /// A row that is still undecided.
    pub(crate) fn new(name: String, kind: &'static str, versions: usize) -> Self {
        Row { name, kind, action: "refuse", versions, version: None, error: None }
    }

    /// Takes down what is planned.
    pub(crate) fn decide(&mut self, planned: Planned) {
        (self.action, self.version) = match planned {
            Planned::Create(number) => ("create", number),
            Planned::Update(number) => ("update", number),
            Planned::Unchanged => ("keep", None),
        };
    }
}

/// Whether every value would have the same error: without an identity, or in a damaged vault.
pub(crate) fn is_of_vault(error: &CliError) -> bool {
    matches!(error.exit(), Exit::Locked | Exit::Tampered | Exit::Input)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Report for ImportReport {
    fn text(&self, page: &mut Page) {
        let plain = ["TYPE", "ACTION", "VERSION"].map(|heading| (heading, Meaning::Plain));
        let mut table = Table::new([("NAME", Meaning::Name)].into_iter().chain(plain));
        for row in &self.plan {
            let version = match (row.version, row.versions) {
                (Some(number), 0 | 1) => number.to_string(),
                (Some(number), count) => format!("{number} ({count} versions)"),
                (None, 0 | 1) => String::new(),
                (None, count) => format!("({count} versions)"),
            };
            table
                .row([row.name.as_str(), row.kind, row.action, &version])
                .note(row.error.as_deref().unwrap_or_default());
        }
        page.table(&table);
    }
}
