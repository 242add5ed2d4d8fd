//! `vault param history`: the versions of a parameter.

use clap::Args;
use serde::Serialize;

use super::view::value_text;
use crate::aws::parameter_history::ParameterHistory;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::report::date::Date;
use crate::cli::session::Session;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::table::Table;
use crate::model::name::ParameterName;
use crate::model::reference;

/// Show the versions of a parameter
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  vault param history /app/prod/db/password\n  vault param history /app/prod/db/password --values --json"
)]
pub(crate) struct HistoryArgs {
    /// Name of the parameter, or its ARN
    #[arg(value_parser = reference::parameter_name)]
    pub(crate) name: ParameterName,
    /// Show values too
    #[arg(long)]
    pub(crate) values: bool,
}

#[derive(Serialize)]
struct HistoryReport {
    #[serde(rename = "Parameters")]
    versions: Vec<ParameterHistory<Date>>,
    #[serde(skip)]
    with_values: bool,
}

pub(super) fn run(args: &HistoryArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    history(args, vault, context)
}

/// The same with an open vault.
pub(crate) fn history(args: &HistoryArgs, vault: Session, context: &mut Context) -> CliResult<()> {
    let parameter = vault.parameter(&args.name, context.now)?;
    let mut versions = Vec::with_capacity(parameter.versions.len());
    for version in &parameter.versions {
        let value = if args.values { Some(vault.reveal(&parameter, version)?) } else { None };
        versions.push(ParameterHistory {
            name: args.name.to_string(),
            ..ParameterHistory::of(&parameter, version, value.map(Into::into))
        });
    }
    vault.finish(context);
    Ok(context.ui.report(&HistoryReport { versions, with_values: args.values })?)
}

impl Report for HistoryReport {
    fn text(&self, page: &mut Page) {
        use Meaning::{Label, Plain, Version};
        let values = self.with_values.then_some(("VALUE", Plain));
        let columns = [("VERSION", Version), ("CHANGED", Plain), ("BY", Plain), ("TYPE", Plain), ("LABELS", Label)];
        let columns = columns.into_iter().chain([("DESCRIPTION", Plain)]).chain(values);
        let mut table = Table::new(columns);
        for version in &self.versions {
            let (number, changed) = (version.version.to_string(), page.age(version.last_modified_date));
            let (by, labels) = (&version.last_modified_user, version.labels.join(" "));
            let cells = [&number, &changed, by, version.r#type, &labels, &version.description];
            table.row(cells.into_iter().chain(self.with_values.then_some(value_text(version))));
        }
        page.table(&table);
    }

    fn shows_values(&self) -> bool {
        self.with_values
    }
}
