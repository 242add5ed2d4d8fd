//! What a crash or an interrupted command left behind.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::check::{Examination, Line};
use crate::cli::commands::status::attention::todo;
use crate::cli::error::CliResult;
use crate::cli::git::attention::around;
use crate::cli::git::program::Git;
use crate::cli::report::count::Count;
use crate::engine::{Staging, Vault};
use crate::model::shell::quoted;

/// What is younger may still be in use.
const AGE: Duration = Duration::from_secs(3600);

pub(super) fn check(examination: &mut Examination<'_>) -> CliResult<Vec<Line>> {
    let Some(vault) = examination.vault else { return Ok(Vec::new()) };
    let mut lines = keys(vault);
    lines.extend(temporary_files(examination, vault)?);
    lines.extend(staged(examination, vault.path()));
    if let Some(git) = around(vault)? {
        lines.extend(lock_of_git(&git)?);
    }
    Ok(if lines.is_empty() { vec![Line::ok("none")] } else { lines })
}

/// Keys that an interrupted removal or revocation left unfinished.
fn keys(vault: &Vault<'_>) -> Vec<Line> {
    let keys = &vault.trust().keys;
    let unfinished = keys.iter().filter_map(|key| vault.unfinished_key(&key.name).ok().flatten());
    unfinished.flat_map(|key| todo(vault, &key)).map(|(what, how)| Line::error(what, how)).collect()
}

fn temporary_files(examination: &Examination<'_>, vault: &Vault<'_>) -> CliResult<Option<Line>> {
    let now = examination.context.now;
    let files = vault.leftovers(now)?;
    if files == 0 {
        return Ok(None);
    }
    let message = format!("{} of killed processes in the vault", Count::of(files, "temporary file"));
    let line = Line::warning(message, "vault doctor --fix");
    Ok(Some(examination.fixed(line, || Ok(vault.sweep(now).map(drop)?))))
}

/// Directories of a vault that never became one.
fn staged(examination: &Examination<'_>, vault: &Path) -> Vec<Line> {
    let line = |path: PathBuf| {
        let place = path.display().to_string();
        let line =
            Line::warning(format!("`{place}` is a vault that was never finished"), format!("rm -r {}", quoted(&place)));
        examination.fixed(line, || Ok(fs::remove_dir_all(&path)?))
    };
    Staging::left_beside(vault).into_iter().filter(|path| is_older(path, AGE)).map(line).collect()
}

/// Git does not say who holds its lock, so only a person can remove it.
fn lock_of_git(git: &Git) -> CliResult<Option<Line>> {
    let lock = git.top.join(git.line(&["rev-parse", "--git-path", "index.lock"])?);
    let place = lock.display().to_string();
    let message = format!("`{place}` keeps git from committing; if no git is running, a crash left it");
    Ok(is_older(&lock, Duration::from_secs(60)).then(|| Line::warning(message, format!("rm {}", quoted(&place)))))
}

fn is_older(path: &Path, age: Duration) -> bool {
    let changed = fs::symlink_metadata(path).and_then(|found| found.modified());
    changed.is_ok_and(|changed| changed.elapsed().is_ok_and(|since| since > age))
}
