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
    context.ui.report(&HistoryReport { versions, with_values: args.values })?;
    Ok(())
}

impl Report for HistoryReport {
    fn text(&self, page: &mut Page) {
        let mut columns = vec![
            ("VERSION", Meaning::Version),
            ("CHANGED", Meaning::Plain),
            ("BY", Meaning::Plain),
            ("TYPE", Meaning::Plain),
            ("LABELS", Meaning::Label),
            ("DESCRIPTION", Meaning::Plain),
        ];
        if self.with_values {
            columns.push(("VALUE", Meaning::Plain));
        }
        let mut table = Table::new(columns);
        for version in &self.versions {
            table.row(
                [
                    &version.version.to_string(),
                    &page.age(version.last_modified_date),
                    &version.last_modified_user,
                    version.r#type,
                    &version.labels.join(" "),
                    &version.description,
                    value_text(version),
                ]
                .into_iter()
                .take(if self.with_values { 7 } else { 6 }),
            );
        }
        page.table(&table);
    }

    fn shows_values(&self) -> bool {
        self.with_values
    }
}
