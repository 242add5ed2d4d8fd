//! What `--to VAULT` names: a directory, or the id of a vault whose directory this machine knows.

use std::path::{Path, PathBuf};

use crate::cli::error::CliResult;
use crate::cli::global::PROJECT_DIRECTORY;
use crate::cli::replicas::reach;
use crate::format::vault_yaml;
use crate::model::id::VaultId;

/// The directory of another vault, absolute: the one that is named, or the `.vault` in it.
pub(crate) fn directory(given: &Path) -> CliResult<PathBuf> {
    if let Some(id) = id(given) {
        return reach(id);
    }
    let inside = given.join(PROJECT_DIRECTORY);
    let is_around = !given.join(vault_yaml::PATH).exists() && inside.join(vault_yaml::PATH).exists();
    let found = if is_around { inside } else { given.to_owned() };
    Ok(std::fs::canonicalize(&found).or_else(|_| std::path::absolute(&found))?)
}

/// The directories that may be meant by one that is gone.
pub(super) fn possible(given: &Path) -> [PathBuf; 2] {
    let above = given.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let whole = match (std::fs::canonicalize(above), given.file_name()) {
        (Ok(above), Some(name)) => above.join(name),
        _ => given.to_owned(),
    };
    [whole.join(PROJECT_DIRECTORY), whole]
}

/// The id, if one was given.
pub(super) fn id(given: &Path) -> Option<VaultId> {
    given.to_str()?.parse().ok()
}
