//! `vault verify --git RANGE`: who changed what between two commits, and whether each step was legal.
//!
//! Every commit of the range is looked at, on whatever branch it was made, and compared with each of its parents. What a commit
//! holds is judged by the trust chain of that same commit. Nothing is checked out, and no identity is needed.

mod commits;
mod judge;
mod report;
mod states;
mod step;
mod trust;

use self::commits::Range;
use self::judge::Judge;
use self::report::RangeReport;
use super::diff::commits as ends;
use super::program::Git;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};

const TAMPERED: u8 = 6;

pub(in crate::cli) fn verify_range(range: &str, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let git = Git::around(vault.path())?;
    let (from, to) = match ends(&git, range)?.as_slice() {
        [from, to] => (from.clone(), to.clone()),
        [from, ..] => (from.clone(), git.line(&["rev-parse", "--verify", "HEAD^{commit}"])?),
        [] => return Ok(()),
    };
    if git.line(&["rev-parse", "--is-shallow-repository"])? == "true" {
        context.ui.warning("this clone is shallow: what its oldest commits follow from is not known");
    }
    let range = Range::between(&git, &from, &to)?;
    let mut judge = Judge::new(&vault, &git, &range)?;
    for (number, commit) in range.commits.iter().enumerate() {
        judge.commit(commit)?;
        context.ui.progress("commits verified", number + 1);
    }
    context.ui.progress_done();
    let left_out =
        git.line(&["rev-list", "--count", &from, &format!("^{to}"), "--", &super::conflicts::pathspec(&git)])?;
    let report = RangeReport::new(judge.finish(&from, &to)?, left_out.parse().unwrap_or(0), range.commits.len());
    context.ui.report(&report)?;
    if report.is_legal() { Ok(()) } else { Err(CliError::AlreadySaid(TAMPERED)) }
}
