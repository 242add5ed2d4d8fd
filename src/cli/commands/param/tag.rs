//! `vault param tag`: tags of a parameter.

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;

use super::view::broken;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::input::tag_changes::{self, TagChanges};
use crate::cli::terminal::page::{Page, Report};
use crate::model::name::ParameterName;
use crate::model::tag::Tag;

/// Set and remove tags
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    vault param tag /app/prod/db/password                        show the tags\n  \
    vault param tag /app/prod/db/password team=payments\n  \
    vault param tag /app/prod/db/password --remove team")]
pub(crate) struct TagArgs {
    /// Name of the parameter
    name: ParameterName,
    #[command(flatten)]
    changes: TagChanges,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TagReport {
    tags: BTreeMap<String, String>,
}

pub(super) fn run(args: &TagArgs, context: &mut Context) -> CliResult<()> {
    let set = Tag::set(args.changes.tags.iter().cloned()).map_err(|error| broken(&args.name, error.into()))?;
    let vault = context.open_vault()?;
    let tags = if set.is_empty() && args.changes.remove.is_empty() {
        vault.parameter(&args.name, context.now)?.tags
    } else {
        vault.change_tags(&args.name, &args.changes.remove, &set, context.now)?
    };
    vault.finish(context);
    Ok(context.ui.report(&TagReport { tags })?)
}

impl Report for TagReport {
    fn text(&self, page: &mut Page) {
        tag_changes::show(&self.tags, page);
    }
}
