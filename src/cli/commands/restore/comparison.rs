//! Compares a backup with the existing vault and with what this machine remembers; the user decides.

use std::path::Path;

use super::{RestoreArgs, open};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::input::backup_error::BackupError;
use crate::cli::report::count::Count;
use crate::cli::terminal::{Question, escape};
use crate::engine::{self, Behind, Place, Standing, Vault};

/// Shows how the backup differs from what exists at the target, which will be kept aside, and refuses to replace it
/// unless requested. Does nothing if the target is free.
pub(super) fn compare_with_place(
    args: &RestoreArgs,
    vault: &Vault<'_>,
    target: &Path,
    context: &mut Context,
) -> CliResult<Option<Standing>> {
    let mut standing = Standing::default();
    let (what, hint) = match engine::place(target) {
        Place::Free => return Ok(None),
        Place::Vault(id) if id != vault.id() => {
            let (what, hint) = ("is a different vault", "restore it into another directory: `vault restore FILE DIR`");
            return Err(BackupError::Taken { target: target.to_owned(), what, hint }.into());
        }
        Place::Vault(_) => {
            match open::looked_at(target, vault.id(), context).and_then(|there| Ok(vault.standing_to(&there)?)) {
                Ok(found) => {
                    tell_place(&found, context);
                    standing = found;
                }
                Err(error) => context.ui.note(format!("the existing vault cannot be compared: {error}")),
            }
            ("is already this vault", "add `--replace`; the existing vault is kept under another name")
        }
        Place::Taken => {
            ("contains something that is not a vault", "move it away, or add `--replace` to keep it under another name")
        }
    };
    if args.replace {
        return Ok(Some(standing));
    }
    Err(BackupError::Taken { target: target.to_owned(), what, hint }.into())
}

fn tell_place(standing: &Standing, context: &mut Context) {
    if *standing == Standing::default() {
        context.ui.note("the backup has the same documents as the existing vault");
        return;
    }
    if let Some(rev) = standing.trust {
        context
            .ui
            .note(format!("members and keys changed since the backup: the existing vault has trust snapshot {rev}"));
    }
    tell_behind(&standing.behind, "the existing vault has", context);
    if !standing.broken.is_empty() {
        let broken = Count::of(standing.broken.len(), "document");
        let paths = some(&standing.broken);
        context.ui.note(format!("{broken} that cannot be trusted would be replaced without comparison: {paths}"));
    }
    let newer = Count::of(standing.ahead.len(), "document");
    if !standing.ahead.is_empty() {
        context.ui.note(format!("{newer} would be newer or come back: {}", some(&standing.ahead)));
    }
}

fn tell_behind(all: &[Behind], verb: &str, context: &mut Context) {
    for behind in all.iter().take(NAMED) {
        let path = escape::line(&behind.path);
        context.ui.note(match behind.here {
            Some(here) if here == behind.seen => format!("`{path}`: {verb} a different revision {here}"),
            Some(here) => format!("`{path}`: the backup has revision {here}, but {verb} revision {}", behind.seen),
            None => format!("`{path}`: the backup does not have it, but {verb} revision {}", behind.seen),
        });
    }
    if all.len() > NAMED {
        context.ui.note(format!("and {} more", Count::of(all.len() - NAMED, "document")));
    }
}

/// More documents than this are counted, not named.
const NAMED: usize = 10;

fn some(paths: &[String]) -> String {
    let named: Vec<String> = paths.iter().take(NAMED).map(|path| escape::line(path)).collect();
    let more = if paths.len() > NAMED { ", …" } else { "" };
    format!("{}{more}", named.join(", "))
}

/// A state older than what this machine has seen could be an attack: the user confirms that it is not. What was already
/// shown is not repeated.
pub(super) fn accept_older(
    args: &RestoreArgs,
    memory: &Standing,
    there: Option<&Standing>,
    context: &mut Context,
) -> CliResult<()> {
    if !memory.is_behind() {
        return Ok(());
    }
    context.ui.note("the backup is older than what this machine has seen of the vault");
    if let Some(rev) = memory.trust {
        context.ui.note(format!("already saw trust snapshot {rev}: members removed since would be back"));
    }
    let is_told = |behind: &Behind| there.is_some_and(|there| there.behind.contains(behind));
    let untold: Vec<Behind> = memory.behind.iter().filter(|behind| !is_told(behind)).cloned().collect();
    tell_behind(&untold, "this machine has already seen", context);
    if args.older || context.global.dry_run {
        return Ok(());
    }
    let question = Question { text: "Restore the older state?", what: "a decision", flag: "`--older`" };
    context.confirm(question, "nothing was restored")
}
