//! Hints for hooks: those that are not approved, and those that failed.

use super::advice::{Advice, advice};
use super::store::store;
use crate::cli::exit::Exit;
use crate::hook::ApprovalError;
use crate::model::hook::Step;

pub(crate) fn approval(error: &ApprovalError) -> Advice {
    match error {
        ApprovalError::NotApproved { hook, digest, .. } => Advice {
            code: "not-approved",
            exit: Exit::Refused,
            hints: vec![
                format!("review it with `vault rotate hooks show '{hook}'`"),
                format!(
                    "then run `vault rotate hooks approve '{hook}'`; without a terminal add `--digest {}`",
                    hex(digest)
                ),
            ],
        },
        ApprovalError::RotationNotApproved { secret, .. } => Advice {
            code: "not-approved",
            exit: Exit::Refused,
            hints: vec![
                format!("`vault rotate approve {secret}` shows what would be passed to its hook, and asks"),
                format!(
                    "without a terminal, review it with `vault --dry-run rotate approve {secret}`, then add `--digest SHA256`"
                ),
            ],
        },
        ApprovalError::RuleNotApproved { rule, .. } => Advice {
            code: "not-approved",
            exit: Exit::Refused,
            hints: vec![format!("`vault events rules approve {rule}` shows what it does here, and asks")],
        },
        ApprovalError::Absent(_) => advice(
            "no-hook",
            Exit::NotFound,
            &["`vault rotate hooks list` lists the hooks, `vault rotate hooks new` creates a template"],
        ),
        ApprovalError::Unreadable(error) => store(error),
        ApprovalError::List(_) => advice("state", Exit::Other, &["the file is below your state directory"]),
    }
}

fn hex(digest: &[u8; 32]) -> String {
    data_encoding::HEXLOWER.encode(digest)
}

pub(super) fn hook(name: &str) -> Advice {
    Advice {
        code: "hook-failed",
        exit: Exit::Hook,
        hints: vec![
            format!("`vault rotate log {name}` shows the hook's output"),
            format!("nothing was lost; once the cause is fixed, run `vault rotate resume {name}`"),
        ],
    }
}

pub(super) fn rotating(name: &str) -> Advice {
    let hints = vec![format!("wait for it; `vault rotate status {name}` shows its progress")];
    Advice { code: "rotating", exit: Exit::Conflict, hints }
}

pub(super) fn tried_hook(step: Step) -> Advice {
    let mut hints = vec!["nothing was changed in the vault".to_owned()];
    if step == Step::Test {
        hints.push("`vault rotate test` uses a copy of the current value as the pending one".to_owned());
    }
    Advice { code: "hook-failed", exit: Exit::Hook, hints }
}
