//! `vault rotate approve`: what this machine passes to the hook of a secret.

use clap::Args;
use serde::Serialize;

use super::hooks::{digest, same_digest};
use super::plan_view::PlanView;
use super::rotated::rotated;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Palette;
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

/// A rotation as it is approved: everything that its hook gets besides the secret itself.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ApprovalReport {
    #[serde(flatten)]
    plan: PlanView,
    #[serde(skip_serializing_if = "Option::is_none")]
    program: Option<String>,
    digest: String,
    approved: bool,
}

pub(super) fn run(args: &ApproveArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let handover = handover(&vault, &rotated(&vault, &args.name)?)?;
    let found = digest(&handover.digest());
    match &args.digest {
        Some(expected) if same_digest(expected, &found) => {}
        Some(_) => {
            return Err(CliError::Usage {
                message: format!("the rotation of `{}` has the digest {found}, not the given one", args.name),
                hint: "review the changes before you approve it".into(),
            });
        }
        None if context.global.dry_run => {}
        None if ask(&handover, context)? => {}
        None => return Err(CliError::Declined("nothing was approved")),
    }
    if !context.global.dry_run {
        handover.approve(vault.state()).map_err(Error::from)?;
    }
    let vault = vault.finish(context);
    let approved = handover.require_approval(vault.state()).is_ok();
    context.ui.report(&ApprovalReport::of(&handover, approved))?;
    Ok(())
}

/// Shows a whole rotation to the user at the terminal, and asks.
pub(super) fn ask(handover: &Handover, context: &Context) -> CliResult<bool> {
    let question =
        Question { text: "Approve this rotation on this machine?", what: "an approval", flag: "`--digest SHA256`" };
    let mut page = Page::new(Palette::Plain, None);
    ApprovalReport::of(handover, false).fields(&mut page);
    context.prompter.show(page.as_str(), question)?;
    Ok(context.prompter.confirm(question, Some(false))?)
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

impl ApprovalReport {
    fn of(handover: &Handover, approved: bool) -> Self {
        ApprovalReport {
            plan: PlanView::of(handover.plan.plan()),
            program: handover.program.as_ref().map(|program| digest(&program.digest)),
            digest: digest(&handover.digest()),
            approved,
        }
    }

    /// The most important part is last, where a long list cannot push it out of sight.
    fn fields(&self, page: &mut Page) {
        page.fields(self.plan.fields(self.program.as_deref(), &self.digest));
    }
}

impl Report for ApprovalReport {
    fn text(&self, page: &mut Page) {
        self.fields(page);
        page.line(if self.approved { "approved on this machine" } else { "not approved on this machine" });
    }
}
