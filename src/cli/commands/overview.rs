//! `vault` alone: the names as a tree, and whether anything needs attention.

use serde::Serialize;

use super::status;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::report::count::Count;
use crate::cli::report::names::Names;
use crate::cli::report::tree;
use crate::cli::terminal::{Meaning, Page, Report};

/// More lines of the tree than this are counted, not shown.
const SHOWN: usize = 40;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct OverviewReport {
    #[serde(flatten)]
    names: Names,
    attention: Vec<String>,
    #[serde(skip)]
    label: String,
}

pub(crate) fn run(context: &mut Context) -> CliResult<()> {
    if let Err(CliError::NoVault { here, .. }) = context.locate() {
        return Err(CliError::NothingYet { here });
    }
    "status".clone_into(&mut context.purpose.name);
    // A look around is not worth a passphrase.
    context.ask_nobody();
    let vault = context.open_to_look()?;
    let names = Names::of(&vault)?.0;
    let attention = status::attention(&vault, context)?;
    let label = vault.trust().label.clone();
    vault.end(context);
    Ok(context.ui.report(&OverviewReport { names, attention, label })?)
}

impl Report for OverviewReport {
    fn text(&self, page: &mut Page) {
        let label = page.paint(Meaning::Heading, &self.label);
        page.line(format!("{label}: {}", self.names.counts()));
        let mut room = SHOWN;
        let mut more = 0;
        for (root, names) in [("/", &self.names.parameters), ("secrets", &self.names.secrets)] {
            let mut branches = tree::branches(names.iter().map(String::as_str));
            if branches.is_empty() {
                continue;
            }
            more += branches.len().saturating_sub(room);
            branches.truncate(room);
            room -= branches.len();
            if !branches.is_empty() {
                tree::draw(root, &branches, page);
            }
        }
        if more > 0 {
            page.line(format!("… and {}: `vault ls --tree`", Count::of(more, "more line")));
        } else if self.names.is_empty() {
            page.line("`vault set /app/dev/db/password` stores a first value, `vault import .env --path /app/dev` those of a file");
        }
        if let Some(first) = self.attention.first() {
            let word = page.paint(Meaning::Warning, "attention");
            let first = page.paint(Meaning::Plain, first);
            let more = match self.attention.len() {
                1 => String::new(),
                all => format!("; {} more: `vault status`", all - 1),
            };
            page.line(format!("{word}: {first}{more}"));
        }
    }
}
