//! Hints for hooks: those that are not approved, and those that failed.

use data_encoding::HEXLOWER;

use super::advice::{Advice, advice};
use super::store::store;
use crate::cli::exit::Exit;
use crate::hook::ApprovalError;
use crate::model::hook::Step;

pub(crate) fn approval(error: &ApprovalError) -> Advice {
    match error {
        ApprovalError::NotApproved { hook, digest, .. } => advice("not-approved", Exit::Refused)
            .hint(format!("review it with `vault rotate hooks show '{hook}'`"))
            .hint(format!(
                "then run `vault rotate hooks approve '{hook}'`; without a terminal add `--digest {}`",
                HEXLOWER.encode(digest)
            )),
        ApprovalError::RotationNotApproved { secret, .. } => advice("not-approved", Exit::Refused)
            .hint(format!("`vault rotate approve {secret}` shows what would be passed to its hook, and asks"))
            .hint(format!(
                "without a terminal, review it with `vault --dry-run rotate approve {secret}`, then add `--digest \
                 SHA256`"
            )),
        ApprovalError::RuleNotApproved { rule, .. } => advice("not-approved", Exit::Refused)
            .hint(format!("`vault events rules approve {rule}` shows what it does here, and asks")),
        ApprovalError::Absent(_) => advice("no-hook", Exit::NotFound)
            .hint("`vault rotate hooks list` lists the hooks, `vault rotate hooks new` creates a template"),
        ApprovalError::Unreadable(error) => store(error),
        ApprovalError::List(_) => advice("state", Exit::Other).hint("the file is below your state directory"),
    }
}

pub(super) fn hook(name: &str) -> Advice {
    advice("hook-failed", Exit::Hook)
        .hint(format!("`vault rotate log {name}` shows the hook's output"))
        .hint(format!("nothing was lost; once the cause is fixed, run `vault rotate resume {name}`"))
}

pub(super) fn rotating(name: &str) -> Advice {
    advice("rotating", Exit::Conflict).hint(format!("wait for it; `vault rotate status {name}` shows its progress"))
}

pub(super) fn tried_hook(step: Step) -> Advice {
    let failed = advice("hook-failed", Exit::Hook).hint("nothing was changed in the vault");
    match step {
        Step::Test => failed.hint("`vault rotate test` uses a copy of the current value as the pending one"),
        _ => failed,
    }
}
