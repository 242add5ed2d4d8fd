//! `vault secret tag`: tags of a secret.

use clap::Args;
use serde::Serialize;

use super::broken;
use crate::aws::tag::Tag as Shown;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::input::tag_changes::{self, TagChanges};
use crate::cli::terminal::{Page, Report};
use crate::model::name::SecretName;
use crate::model::tag::Tag;

/// Set and remove tags
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    vault secret tag prod/db                        show the tags\n  \
    vault secret tag prod/db team=payments\n  \
    vault secret tag prod/db --remove team")]
pub(crate) struct TagArgs {
    /// Name of the secret
    name: SecretName,
    #[command(flatten)]
    changes: TagChanges,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TagReport {
    tags: Vec<Shown>,
}

pub(super) fn run(args: &TagArgs, context: &mut Context) -> CliResult<()> {
    let set = Tag::set(args.changes.tags.iter().cloned()).map_err(|error| broken(&args.name, error.into()))?;
    let vault = context.open_vault()?;
    let tags = if set.is_empty() && args.changes.remove.is_empty() {
        vault.secret(&args.name)?.tags
    } else {
        vault.update_secret(&args.name, context.now, |secret| {
            secret.untag(&args.changes.remove);
            secret.tag(&set)?;
            Ok(secret.tags.clone())
        })?
    };
    vault.finish(context);
    Ok(context.ui.report(&TagReport { tags: Shown::list(&tags) })?)
}

impl Report for TagReport {
    fn text(&self, page: &mut Page) {
        tag_changes::show(self.tags.iter().map(|tag| (&tag.key, &tag.value)), page);
    }
}
