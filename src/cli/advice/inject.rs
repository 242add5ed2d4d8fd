//! Hints for values on their way to a program.

use super::advice::{Advice, advice};
use crate::cli::exit::Exit;
use crate::inject::environment::InjectError;

pub(crate) fn inject(error: &InjectError) -> Advice {
    let (refused, unusable) = (advice("not-injected", Exit::Refused), advice("not-injected", Exit::Usage));
    match error {
        InjectError::Clash { .. } => {
            unusable.hint("use `--name-style keep` or `--prefix` to distinguish them, or name only one of them")
        }
        InjectError::Dangerous { variable, .. } => {
            refused.hint(format!("to allow it, add `--allow-variable {variable}`"))
        }
        InjectError::Missing(_) => {
            unusable.hint("`vault exec --dry-run SOURCE -- true` lists the variables of a source")
        }
        InjectError::Nul { .. } => unusable.hint("`--file NAME` or `--stdin NAME` passes it without a variable"),
        InjectError::NoMemory => {
            unusable.hint("set XDG_RUNTIME_DIR to your own directory on a tmpfs, or pass it with `--stdin NAME`")
        }
        InjectError::Withheld { .. } => refused,
        InjectError::Directory { .. } | InjectError::File { .. } => unusable,
    }
}
