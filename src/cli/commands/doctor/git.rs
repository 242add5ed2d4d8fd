//! Git: whether it merges and shows documents with this program, as a graphical client would run it, and checks what is committed.

use std::path::Path;

use super::check::{Examination, Line};
use crate::cli::commands::git_setup;
use crate::cli::error::CliResult;
use crate::cli::git::Git;
use crate::cli::git::attention::{SetUp, set_up};
use crate::cli::git::error::GitError;
use crate::cli::git::hook::Hook;

const SETUP: &str = "vault git-setup";

pub(super) fn check(examination: &mut Examination<'_>) -> CliResult<Vec<Line>> {
    let Some(vault) = examination.vault else { return Ok(Vec::new()) };
    let git = match Git::around(vault.path()) {
        Err(error @ GitError::Disguised(_)) => return Err(error.into()),
        Err(error) if error.is_without_repository() => return Ok(vec![Line::ok("the vault is in no git repository")]),
        git => git?,
    };
    Ok(match set_up(&git)? {
        SetUp::Nothing => {
            vec![Line::warning("this clone merges documents as text, and shows their values in diffs", SETUP)]
        }
        SetUp::Wrong(why) => {
            let line = Line::error(why, SETUP);
            vec![examination.fixed(line, || git_setup::set_up(vault.path(), &git, None).map(drop))]
        }
        SetUp::Done { program, hook } => {
            let mut lines = vec![of_program(examination, vault.path(), &git, &program)?];
            lines.extend(of_hook(&hook));
            lines
        }
    })
}

/// Another program may be an older one.
fn of_program(examination: &Examination<'_>, vault: &Path, git: &Git, program: &Path) -> CliResult<Line> {
    let own = std::env::current_exe()?;
    let same = |path: &Path| std::fs::canonicalize(path).ok();
    if same(program) == same(&own) {
        return Ok(Line::ok(format!("merges and shows documents with `{}`", program.display())));
    }
    let message = format!("git runs `{}`, and this program is `{}`", program.display(), own.display());
    Ok(examination.fixed(Line::warning(message, SETUP), || git_setup::set_up(vault, git, None).map(drop)))
}

fn of_hook(hook: &Hook) -> Option<Line> {
    hook.missing()?;
    let why = if hook.is_elsewhere() { "`core.hooksPath` is set, and there is no" } else { "there is another" };
    let message = format!("no check before commits: {why} `{}`", hook.path.display());
    Some(Line::warning(message, "vault git-setup   # prints the lines to add"))
}
