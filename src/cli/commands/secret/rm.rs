//! `vault secret rm`: mark secrets for deletion, or delete them at once.

use clap::Args;
use serde::Serialize;

use super::broken;
use crate::aws::delete_secret::DeleteSecret;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::input::window::window;
use crate::cli::report::count::Count;
use crate::cli::report::date::Date;
use crate::cli::session::Session;
use crate::cli::terminal::{Meaning, Page, Question, Report};
use crate::engine::Vault;
use crate::model::name::SecretName;
use crate::model::secret::{Secret, USUAL_RECOVERY_DAYS};

/// Mark secrets for deletion, or delete them at once
#[derive(Debug, Args)]
#[command(
    long_about = "Mark secrets for deletion. For a recovery window of 7 to 30 days nothing can read them, and `vault \
        secret restore` restores them; after that, `vault tick` purges them. With --force they are deleted at once, \
        and a missing secret is not an error. Older git commits still contain the encrypted values.",
    after_help = "Examples:\n  \
        vault secret rm prod/db\n  \
        vault secret rm --window 7 --yes prod/db prod/api-key\n  \
        vault secret rm --force --yes test/db     at once; cannot be restored"
)]
pub(crate) struct RmArgs {
    /// Names of the secrets
    #[arg(required = true, value_name = "NAME")]
    pub(crate) names: Vec<SecretName>,
    /// Recovery window in days, 7 to 30
    #[arg(long, value_name = "DAYS", default_value_t = USUAL_RECOVERY_DAYS, value_parser = window, conflicts_with = "force")]
    pub(crate) window: u32,
    /// Delete at once
    #[arg(long)]
    pub(crate) force: bool,
    /// Do not ask for confirmation
    #[arg(short, long)]
    pub(crate) yes: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RmReport {
    deleted_secrets: Vec<DeleteSecret<Date>>,
    invalid_secrets: Vec<String>,
    #[serde(skip)]
    forced: bool,
}

pub(crate) fn rm(mut args: RmArgs, vault: Session, context: &mut Context) -> CliResult<()> {
    args.names.sort();
    args.names.dedup();
    let (there, missing) = sort_out(&args, &vault)?;
    if let ([only], true, false) = (missing.as_slice(), there.is_empty(), args.force) {
        vault.secret(only)?;
    }
    confirm(&args, &there, context)?;
    let mut deleted = Vec::new();
    for name in there {
        let due = if args.force {
            vault.delete::<Secret>(name, context.now)?;
            context.now
        } else {
            vault.schedule_deletion(name, args.window, context.now)?
        };
        deleted.push(DeleteSecret::of(name, due));
    }
    let vault = vault.finish(context);
    let first = deleted.first().map(|deleted| deleted.name.clone());
    let invalid: Vec<String> = missing.iter().map(ToString::to_string).collect();
    let forced = args.force;
    context.ui.report(&RmReport { deleted_secrets: deleted, invalid_secrets: invalid.clone(), forced })?;
    if let Some(name) = first {
        if !forced && !context.global.dry_run {
            context.ui.next(format!("`vault secret restore {name}` restores it until then"));
        }
        context.suggest_commit(&vault);
    }
    if forced {
        for name in &invalid {
            context.ui.note(format!("there was no secret `{name}`"));
        }
        return Ok(());
    }
    if invalid.is_empty() { Ok(()) } else { Err(CliError::MissingSecrets(invalid)) }
}

/// What exists and what does not. A secret that is already marked is an error before anything is changed.
fn sort_out<'a>(args: &'a RmArgs, vault: &Vault<'_>) -> CliResult<(Vec<&'a SecretName>, Vec<&'a SecretName>)> {
    let (mut there, mut missing) = (Vec::new(), Vec::new());
    for name in &args.names {
        match vault.find::<Secret>(name)? {
            None => missing.push(name),
            Some(secret) => {
                if !args.force {
                    secret.require_live().map_err(|error| broken(name, error))?;
                }
                there.push(name);
            }
        }
    }
    Ok((there, missing))
}

fn confirm(args: &RmArgs, there: &[&SecretName], context: &Context) -> CliResult<()> {
    if there.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = there.iter().map(|name| name.as_str()).collect();
    let what = format!("{} ({})", Count::of(names.len(), "secret"), names.join(", "));
    let text = if args.force {
        format!("Delete {what} with all versions, immediately and permanently?")
    } else {
        format!("Mark {what} for deletion in {} days?", args.window)
    };
    context.confirm_change(args.yes, Question::confirmation(&text), "nothing was deleted")
}

impl Report for RmReport {
    fn text(&self, page: &mut Page) {
        for DeleteSecret { name, deletion_date, .. } in &self.deleted_secrets {
            let painted = page.paint(Meaning::Name, name);
            if self.forced {
                page.line(format!("{painted} {}", page.done("deleted")));
            } else {
                let due = page.moment(*deletion_date);
                page.line(format!("{painted} {} after {due}", page.done("marked for deletion")));
            }
        }
    }
}
