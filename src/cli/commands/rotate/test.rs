//! `vault rotate test`: the test step alone.

use clap::Args;
use serde::Serialize;

use super::approve::require_approval;
use super::limits::StepLimit;
use super::rotated::rotated;
use super::runner::with_hooks;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::model::name::SecretName;

/// Run only the test step, with a copy of the current value
#[derive(Debug, Args)]
#[command(
    long_about = "Run only the test step, with a copy of the current value as the pending one. It shows that the hook \
        starts, reaches its service and can log in. Nothing is written, except that a rotation function of AWS sees the \
        copy in the vault while it runs.",
    after_help = "Example:\n  vault rotate test prod/db"
)]
pub(crate) struct TestArgs {
    /// Name of the secret
    name: SecretName,
    #[command(flatten)]
    limit: StepLimit,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TestReport {
    name: String,
    passed: bool,
}

pub(super) fn run(args: &TestArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    require_approval(&vault, &rotated(&vault, &args.name)?)?;
    let now = context.now;
    with_hooks(args.limit.duration(), &vault, context, |hooks, _| vault.test_rotation(&args.name, hooks, now))??;
    vault.finish(context);
    Ok(context.ui.report(&TestReport { name: args.name.to_string(), passed: true })?)
}

impl Report for TestReport {
    fn text(&self, page: &mut Page) {
        page.line(format!("{}: the test step passed with the current value", page.paint(Meaning::Name, &self.name)));
    }
}
