//! `vault rotate confirm`: a rotation plan, signed anew by somebody who has seen it whole.

use clap::Args;
use serde::Serialize;

use super::plan_view::PlanView;
use super::rotated::rotated;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::prompt::Question;
use crate::hook::{Candidate, Handover, proposal_digest};
use crate::model::name::SecretName;

/// Confirm the rotation of a secret in your name
#[derive(Debug, Args)]
#[command(
    long_about = "Confirm the rotation of a secret in your name.\n\n\
        A rotation runs only while the member who signed its plan may write the secret and, if it has an \
        administrator, read the administrator's secret. This command shows the plan of a rotation that has stopped, \
        with what the value says now as host, port, engine and user names, asks, signs it in your name, and approves \
        it on this machine. Without a terminal, give the expected digest; with --dry-run everything is shown and \
        nothing is signed.",
    after_help = "Examples:\n  \
        vault rotate confirm prod/db\n  \
        vault rotate confirm prod/db --dry-run\n  \
        vault rotate confirm prod/db --digest sha256:9f86d0…      in CI"
)]
pub(crate) struct ConfirmArgs {
    /// Name of the secret
    name: SecretName,
    /// Confirm without a prompt if the plan and its program have this digest
    #[arg(long, value_name = "SHA256")]
    digest: Option<String>,
}

/// The plan as it is, or would be, signed.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ConfirmReport {
    #[serde(flatten)]
    plan: PlanView,
    confirmed: bool,
    approved: bool,
}

pub(super) fn run(args: &ConfirmArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let plan = vault.plan_to_confirm(&rotated(&vault, &args.name)?, context.now)?;
    // The program may be on the machines only that run the rotation.
    let program = Candidate::of(vault.path(), &plan.terms.hook).ok().flatten();
    let digest = proposal_digest(&plan, &vault.id(), program.as_ref());
    let view = PlanView::of(&plan, program.as_ref(), digest);
    let mut report = ConfirmReport { plan: view, confirmed: false, approved: false };
    if !context.global.dry_run {
        require_consent(args, &report.plan, context)?;
        let confirmed = vault.confirm_rotation(&args.name, &plan, context.now)?;
        let handover = Handover::of(vault.state(), confirmed).ok();
        let seen = |handover: &Handover| handover.program.as_ref().map(|it| it.digest) == program.map(|it| it.digest);
        if let Some(handover) = handover.filter(seen) {
            handover.approve(vault.state())?;
            report.approved = true;
        }
        report.confirmed = true;
    }
    vault.finish(context);
    Ok(context.ui.report(&report)?)
}

fn require_consent(args: &ConfirmArgs, plan: &PlanView, context: &Context) -> CliResult<()> {
    let what = format!("the rotation of `{}`", args.name);
    let hint = "review the plan before you confirm it";
    let text = "Sign this plan in your name, and approve it on this machine?";
    let question = Question { text, what: "a confirmation", flag: "`--digest SHA256`" };
    if plan.digest.is_expected(args.digest.as_deref(), &what, hint)? || plan.ask(question, context)? {
        Ok(())
    } else {
        Err(CliError::Declined("nothing was confirmed"))
    }
}

impl Report for ConfirmReport {
    fn text(&self, page: &mut Page) {
        self.plan.show(page);
        page.line(match (self.confirmed, self.approved) {
            (false, _) => "not confirmed",
            (true, false) => "confirmed; not approved on this machine",
            (true, true) => "confirmed, and approved on this machine",
        });
    }
}
