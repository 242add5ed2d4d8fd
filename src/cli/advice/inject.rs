//! Hints for values on their way to a program.

use super::advice::{Advice, advice};
use crate::cli::exit::Exit;
use crate::inject::environment::InjectError;

pub(crate) fn inject(error: &InjectError) -> Advice {
    let hints: &[&str] = match error {
        InjectError::Clash { .. } => {
            &["use `--name-style keep` or `--prefix` to distinguish them, or name only one of them"]
        }
        InjectError::Dangerous { variable, .. } => &[&format!("to allow it, add `--allow-variable {variable}`")],
        InjectError::Missing(_) => &["with `--dry-run` the command lists the variables of its sources"],
        InjectError::Nul { .. } => &["`--file NAME` or `--stdin NAME` passes it without a variable"],
        InjectError::NoMemory => {
            &["set XDG_RUNTIME_DIR to your own directory on a tmpfs, or pass it with `--stdin NAME`"]
        }
        InjectError::Withheld { .. } | InjectError::Directory { .. } | InjectError::File { .. } => &[],
    };
    let exit = match error {
        InjectError::Dangerous { .. } | InjectError::Withheld { .. } => Exit::Refused,
        _ => Exit::Usage,
    };
    advice("not-injected", exit, hints)
}
