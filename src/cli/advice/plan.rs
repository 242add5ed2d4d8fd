//! Hints for rotation plans that do not hold.

use super::advice::{Advice, advice};
use crate::cli::exit::Exit;
use crate::engine::PlanError;

/// What to do about the rotation plan of a secret.
pub(super) fn plan(error: &PlanError, name: &str) -> Advice {
    let confirm = remedy(error, name);
    if error.awaits_confirmation() {
        return advice("not-confirmed", Exit::Refused).hint(confirm);
    }
    let code = if matches!(error, PlanError::RolledBack { .. }) { "rollback" } else { "tampered" };
    advice(code, Exit::Tampered).hint("`git log` of the secret's file shows who changed it").hint(confirm)
}

/// The command with which somebody signs a plan that holds.
fn remedy(error: &PlanError, name: &str) -> String {
    match error {
        PlanError::Missing => {
            format!("`vault rotate configure {name} --hook FILE` or `--strategy postgres` signs a plan")
        }
        PlanError::SignerMayNotRead { .. } => format!(
            "a reader of the administrator's secret who may write `{name}` configures it, or runs `vault rotate \
             confirm {name}`, which shows the plan, asks, and signs it in their name"
        ),
        _ => format!("`vault rotate confirm {name}` shows the plan, asks, and signs it in your name"),
    }
}
