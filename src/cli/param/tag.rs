//! `vault param tag`: tags of a parameter.

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::palette::Meaning;
use crate::cli::report::{Page, Report};
use crate::cli::table::Table;
use crate::model::name::ParameterName;
use crate::model::tag::Tag;

/// Set and remove tags
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    vault param tag /app/prod/db/password                        show the tags\n  \
    vault param tag /app/prod/db/password team=payments\n  \
    vault param tag /app/prod/db/password --remove team")]
pub(in crate::cli) struct TagArgs {
    /// Name of the parameter
    #[arg(add = crate::cli::completions::names())]
    name: ParameterName,
    /// Tags to set
    #[arg(value_name = "KEY=VALUE")]
    tags: Vec<Tag>,
    /// Key of a tag to remove; may be repeated
    #[arg(short, long, value_name = "KEY")]
    remove: Vec<String>,
}

#[derive(Serialize)]
struct TagReport {
    #[serde(rename = "Tags")]
    tags: BTreeMap<String, String>,
}

pub(super) fn run(args: &TagArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    if !args.remove.is_empty() {
        vault.untag(&args.name, &args.remove, context.now)?;
    }
    if !args.tags.is_empty() {
        let tags = args.tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect();
        vault.tag(&args.name, &tags, context.now)?;
    }
    let tags = vault.parameter(&args.name)?.tags;
    context.finish(&vault);
    context.ui.report(&TagReport { tags })?;
    Ok(())
}

impl Report for TagReport {
    fn text(&self, page: &mut Page) {
        let mut table = Table::new([("KEY", Meaning::Name), ("VALUE", Meaning::Plain)]);
        for (key, value) in &self.tags {
            table.row([key, value]);
        }
        page.table(&table);
    }
}
