//! Whether the commits of a range, or those that a pull brings, are legal steps.

use super::commits::Range;
use super::report::RangeReport;
use super::step_checker::StepChecker;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::exit::Exit;
use crate::cli::git::error::GitError;
use crate::cli::git::program::{Git, commits as ends, pathspec};
use crate::engine::Vault;

pub(crate) fn verify_range(range: &str, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?.leave();
    let git = Git::around(vault.path())?;
    let (from, to) = match ends(&git, range)?.as_slice() {
        [from, to] => (from.clone(), to.clone()),
        [from, ..] => (from.clone(), git.line(&["rev-parse", "--verify", "HEAD^{commit}"])?),
        [] => return Ok(()),
    };
    let range = Range::between(&git, &from, &to)?;
    let steps = judged(&vault, &git, &range, context)?.finish(&from, &to)?;
    let left_out = git.line(&["rev-list", "--count", &from, &format!("^{to}"), "--", &pathspec(&git)])?;
    let report = RangeReport::new(steps, left_out.parse().unwrap_or(0), range.commits.len());
    context.ui.report(&report)?;
    if report.is_legal() { Ok(()) } else { Err(CliError::Reported(Exit::Tampered)) }
}

/// Refuses a commit before it is merged if any of the new commits rolled documents back.
///
/// What no reader accepts is not refused here: a merge never re-signs it, and somebody may have to investigate it.
pub(crate) fn check_incoming(vault: &Vault<'_>, git: &Git, incoming: &str, context: &mut Context) -> CliResult<()> {
    let here = git.line(&["rev-parse", "--verify", "HEAD^{commit}"])?;
    let range = Range::between(git, &here, incoming)?;
    if range.commits.is_empty() {
        return Ok(());
    }
    let mut back = judged(vault, git, &range, context)?.finish(&here, incoming)?;
    for commit in &mut back {
        commit.steps.retain(|step| step.stays_back);
    }
    back.retain(|commit| !commit.steps.is_empty());
    let Some(first) = back.first().map(|steps| steps.commit.id.clone()) else { return Ok(()) };
    context.ui.report(&RangeReport::new(back, 0, range.commits.len()))?;
    Err(GitError::WentBack(first).into())
}

fn judged<'a>(
    vault: &'a Vault<'a>,
    git: &'a Git,
    range: &'a Range,
    context: &mut Context,
) -> CliResult<StepChecker<'a>> {
    if git.line(&["rev-parse", "--is-shallow-repository"])? == "true" {
        context.ui.warning("this clone is shallow: its oldest commits have unknown parents");
    }
    let mut judge = StepChecker::new(vault, git, range)?;
    for (number, commit) in range.commits.iter().enumerate() {
        judge.commit(commit)?;
        context.ui.progress("commits verified", number + 1);
    }
    context.ui.progress_done();
    Ok(judge)
}
