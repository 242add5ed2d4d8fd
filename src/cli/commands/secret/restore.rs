//! `vault secret restore`: cancel a scheduled deletion.

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::{Meaning, Page, Report};
use crate::model::name::SecretName;

/// Cancel a scheduled deletion
#[derive(Debug, Args)]
#[command(
    long_about = "Cancel a scheduled deletion; versions, stages, tags and rotation are kept. If one of the names \
        does not exist, none is restored.",
    after_help = "Examples:\n  vault secret restore prod/db\n  vault secret ls --include-deleted --long     shows what can be restored"
)]
pub(crate) struct RestoreArgs {
    /// Names of the secrets
    #[arg(required = true, value_name = "NAME")]
    names: Vec<SecretName>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RestoreReport {
    restored_secrets: Vec<String>,
}

pub(super) fn run(args: &RestoreArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let mut restored = Vec::new();
    for name in &args.names {
        if vault.secret(name)?.require_live().is_ok() {
            context.ui.note(format!("`{name}` is not marked for deletion"));
        } else {
            restored.push(name);
        }
    }
    for name in &restored {
        vault.restore_secret(name, context.now)?;
    }
    vault.finish(context);
    let restored = restored.into_iter().map(ToString::to_string).collect();
    Ok(context.ui.report(&RestoreReport { restored_secrets: restored })?)
}

impl Report for RestoreReport {
    fn text(&self, page: &mut Page) {
        for name in &self.restored_secrets {
            let name = page.paint(Meaning::Name, name);
            page.line(format!("{name} {}", page.done("restored")));
        }
    }
}
