//! `vault rotate approve`: what this machine passes to the hook of a secret.

use clap::Args;
use serde::Serialize;

use super::digest::REVIEW;
use super::plan_view::PlanView;
use super::rotated::rotated;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::prompt::Question;
use crate::engine::{Error, PlanError, Vault};
use crate::hook::{ApprovalError, Handover};
use crate::model::name::SecretName;
use crate::model::secret::Secret;

/// Approve rotation of a secret on this machine
#[derive(Debug, Args)]
#[command(
    long_about = "Approve rotation of a secret on this machine, exactly as configured now.\n\n\
        A plan says what a rotation passes to its hook, and is signed by a member who may do that; the hook runs with \
        the rights of the user who runs it. So a machine runs a hook only after its program and the whole plan were \
        approved here. A new plan needs a new approval, which replaces the previous one. A strategy without options \
        and administrator needs none. Without a terminal, give the expected digest; with --dry-run everything \
        is shown and nothing is approved.",
    after_help = "Examples:\n  \
        vault rotate approve prod/db\n  \
        vault rotate approve prod/db --dry-run\n  \
        vault rotate approve prod/db --digest sha256:9f86d0…      in CI"
)]
pub(crate) struct ApproveArgs {
    /// Name of the secret
    name: SecretName,
    /// Approve without a prompt if the rotation has this digest
    #[arg(long, value_name = "SHA256")]
    digest: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ApprovalReport {
    #[serde(flatten)]
    plan: PlanView,
    approved: bool,
}

pub(super) fn run(args: &ApproveArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let handover = handover(&vault, &rotated(&vault, &args.name)?)?;
    let plan = PlanView::from(&handover);
    let what = format!("the rotation of `{}`", args.name);
    let is_expected = plan.digest.is_expected(args.digest.as_deref(), &what, REVIEW)?;
    if !is_expected && !context.global.dry_run && !ask(&plan, context)? {
        return Err(CliError::Declined("nothing was approved"));
    }
    if !context.global.dry_run {
        handover.approve(vault.state())?;
    }
    let vault = vault.finish(context);
    let approved = handover.require_approval(vault.state()).is_ok();
    Ok(context.ui.report(&ApprovalReport { plan, approved })?)
}

/// Shows a whole rotation to the user at the terminal, and asks.
pub(super) fn ask(plan: &PlanView, context: &Context) -> CliResult<bool> {
    let text = "Approve this rotation on this machine?";
    plan.ask(Question { text, what: "an approval", flag: "`--digest SHA256`" }, context)
}

/// What rotating the secret passes to its hook.
pub(super) fn handover(vault: &Vault<'_>, secret: &Secret) -> CliResult<Handover> {
    Ok(Handover::of(vault.state(), vault.confirmed_plan(secret)?)?)
}

/// An error unless the secret may be rotated on this machine, as it is configured.
pub(super) fn require_approval(vault: &Vault<'_>, secret: &Secret) -> CliResult<()> {
    Ok(handover(vault, secret)?.require_approval(vault.state())?)
}

/// Why the secret cannot be rotated on this machine, with the command that changes it: words that follow its name.
pub(crate) fn waiting(vault: &Vault<'_>, secret: &Secret) -> Option<String> {
    require_approval(vault, secret).err().map(|error| reason(&error))
}

/// Why the plan of a secret does not hold, if it does not.
pub(crate) fn unconfirmed(vault: &Vault<'_>, secret: &Secret) -> Option<String> {
    vault.confirmed_plan(secret).err().map(|error| reason(&error.into()))
}

/// The same for an error of [`require_approval`].
pub(super) fn reason(error: &CliError) -> String {
    match error {
        CliError::Approval(ApprovalError::RotationNotApproved { secret, .. }) => {
            format!("awaits approval on this machine: `vault rotate approve {secret}`")
        }
        CliError::Engine(Error::Plan { name, error }) if *error == PlanError::Missing => {
            format!("must be confirmed ({error}): `vault rotate configure {name}`")
        }
        CliError::Engine(Error::Plan { name, error }) => {
            format!("must be confirmed ({error}): `vault rotate confirm {name}`")
        }
        other => format!("cannot be rotated on this machine: {other}"),
    }
}

impl Report for ApprovalReport {
    fn text(&self, page: &mut Page) {
        self.plan.show(page);
        page.line(if self.approved { "approved on this machine" } else { "not approved on this machine" });
    }
}
