//! `vault sync`: pull, merge, verify, push.

use std::process::Output;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::resolve::{Terms, resolve_all};
use super::verify;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::events::catch_up;
use crate::cli::exit::Exit;
use crate::cli::git::chains::is_in_conflict;
use crate::cli::git::conflicts::{keep_both_sides, nothing_unmerged};
use crate::cli::git::entry::records;
use crate::cli::git::error::GitError;
use crate::cli::git::program::{Git, nothing_under_way, pathspec, said};
use crate::cli::git::range::check_incoming;
use crate::cli::git::side::Values;
use crate::cli::replicas::copy_outdated;
use crate::cli::report::count::Count;
use crate::cli::terminal::{Meaning, Page, Report};
use crate::engine::CheckpointDemand;

/// Pull, merge, verify and push
#[derive(Debug, Args)]
#[command(
    long_about = "Pull from the branch's upstream, merge documents that both sides changed, verify the vault, and \
    push.\n\n\
    Every new commit is verified first: if one rolls a document back, nothing is merged. If somebody else pushes in \
    the meantime, it starts over. Nothing is pushed unless it verifies; a conflict that no rule decides is left for \
    `vault resolve`. Uncommitted documents stop it, unless --commit commits them first."
)]
pub(crate) struct SyncArgs {}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SyncReport {
    commit: String,
    merged: usize,
    documents: usize,
    attempts: u32,
}

const ATTEMPTS: u32 = 10;

pub(crate) fn run(_: &SyncArgs, context: &mut Context) -> CliResult<()> {
    let root = context.open_vault()?.leave().path().to_owned();
    let git = Git::around(&root)?;
    let upstream = Upstream::of(&git)?;
    nothing_under_way(&git)?;
    nothing_unmerged(&git)?;
    if context.global.dry_run {
        return rehearse(&git, &upstream, context);
    }
    clean(&git, context)?;
    let mut merged = 0;
    for attempt in 1..=ATTEMPTS {
        merged += pull(&git, &upstream, context)?;
        let documents = verified(context)?;
        context.ui.doing(&format!("pushing to {}", upstream.remote));
        let is_pushed = pushed(&git, &upstream)?;
        context.ui.progress_done();
        if is_pushed {
            let commit = git.line(&["rev-parse", "HEAD"])?;
            context.ui.report(&SyncReport { commit, merged, documents, attempts: attempt })?;
            return Ok(());
        }
        context.ui.detail("somebody else pushed first; trying again");
        std::thread::sleep(pause(attempt));
    }
    Err(GitError::Outrun(ATTEMPTS).into())
}

/// Checks what the upstream has, and says what would be merged and pushed. Only what git has fetched is new then.
fn rehearse(git: &Git, upstream: &Upstream, context: &mut Context) -> CliResult<()> {
    let incoming = fetched(git, upstream, context)?;
    check_incoming(&context.open_vault()?.leave(), git, &incoming, context)?;
    let count = |range: &str| git.line(&["rev-list", "--count", range]);
    let (merged, pushed) = (count(&format!("HEAD..{incoming}"))?, count(&format!("{incoming}..HEAD"))?);
    context.ui.note(format!("would merge {merged} and push {pushed} commits; uncommitted: {}", uncommitted(git)?));
    let commit = git.line(&["rev-parse", "HEAD"])?;
    let documents = verified(context)?;
    Ok(context.ui.report(&SyncReport { commit, merged: 0, documents, attempts: 0 })?)
}

/// Where the branch is pulled from and pushed to.
struct Upstream {
    remote: String,
    reference: String,
}

impl Upstream {
    fn of(git: &Git) -> Result<Self, GitError> {
        let line = |arguments: &[&str]| Ok::<_, GitError>(Some(git.answer(arguments)?).filter(|text| !text.is_empty()));
        let branch = line(&["symbolic-ref", "--quiet", "--short", "HEAD"])?;
        let Some(branch) = branch else {
            nothing_under_way(git)?;
            return Err(GitError::Detached);
        };
        let setting = |name: &str| line(&["config", "--get", &format!("branch.{branch}.{name}")]);
        match (setting("remote")?, setting("merge")?) {
            (Some(remote), Some(reference)) => Ok(Upstream { remote, reference }),
            _ => Err(GitError::NoUpstream(branch)),
        }
    }
}

/// It grows with each attempt, and differs between processes, so that two of them do not collide again.
fn pause(attempt: u32) -> Duration {
    let jitter = u64::from(std::process::id() % 97);
    Duration::from_millis((50_u64 << attempt.min(6)) + jitter * u64::from(attempt))
}

/// Commits uncommitted documents if the user wants that, and stops otherwise.
fn clean(git: &Git, context: &mut Context) -> CliResult<()> {
    let count = uncommitted(git)?;
    if count == 0 {
        return Ok(());
    }
    let files = Count::of(count, "file").to_string();
    if !context.commits()? {
        let are = if count == 1 { "is" } else { "are" };
        return Err(GitError::Uncommitted(format!("{files} of the vault {are}")).into());
    }
    git.run(&["add", "--all", "--", &pathspec(git)])?;
    git.run(&["commit", "--quiet", "-m", &format!("vault: {files}"), "--", &pathspec(git)])?;
    Ok(())
}

/// How many files of the vault are not committed.
fn uncommitted(git: &Git) -> Result<usize, GitError> {
    let raw = git.run(&["status", "--porcelain", "-z", "--untracked-files=all", "--", &pathspec(git)])?;
    Ok(records(&raw).count())
}

/// The newest commit of the upstream.
fn fetched(git: &Git, Upstream { remote, reference }: &Upstream, context: &mut Context) -> Result<String, GitError> {
    context.ui.doing(&format!("fetching from {remote}"));
    let output = git.output(&["fetch", "--quiet", "--", remote, reference])?;
    context.ui.progress_done();
    if !output.status.success() {
        return Err(failed(&output));
    }
    // What was checked is what is merged, even if something else is fetched in the meantime.
    git.line(&["rev-parse", "--verify", "FETCH_HEAD^{commit}"])
}

/// Merges the upstream, unless it rolls documents back; returns how many documents both sides had changed.
///
/// The driver is bypassed: all conflicts are resolved here at once, with one unlock, whether `git-setup` was run or
/// not.
fn pull(git: &Git, upstream: &Upstream, context: &mut Context) -> CliResult<usize> {
    let Upstream { remote, reference } = upstream;
    let incoming = fetched(git, upstream, context)?;
    check_incoming(&context.open_vault()?.leave(), git, &incoming, context)?;
    let message = format!("Merge {} of {remote}", reference.trim_start_matches("refs/heads/"));
    let driver = ["-c", "merge.vault.driver=false", "-c", "merge.vault.recursive=binary"];
    let merge = ["merge", "--quiet", "--ff", "--no-edit", "-m", &message, &incoming];
    let output = git.output(&[&driver[..], &merge].concat())?;
    if output.status.success() {
        return Ok(0);
    }
    let merged = settled(git, &output, context);
    if merged.is_err() {
        keep_both_sides(git)?;
    }
    merged
}

fn failed(pull: &Output) -> GitError {
    GitError::Remote { verb: "pull", message: said(pull) }
}

/// Merges the conflicts that a pull has left, and commits that.
fn settled(git: &Git, pull: &Output, context: &mut Context) -> CliResult<usize> {
    if is_in_conflict(git)? {
        return Err(GitError::Chain.into());
    }
    let mut vault = context.open_vault()?;
    let terms = Terms { prefer: None, values: Values::Hidden };
    let resolution = resolve_all(git, &mut vault, &[], terms, context)?;
    vault.finish(context);
    let left = git.run(&["ls-files", "-u", "-z"])?;
    if resolution.resolved.is_empty() && left.is_empty() {
        return Err(failed(pull).into());
    }
    if !left.is_empty() {
        context.ui.report(&resolution)?;
        let count = resolution.conflicts.len();
        let what = if count == 0 {
            "conflicts outside the vault are".into()
        } else {
            Count::of(count, "conflict").to_string()
        };
        return Err(GitError::Conflicts(what).into());
    }
    git.run(&["commit", "--quiet", "--no-edit"])?;
    Ok(resolution.resolved.len())
}

/// Verifies the whole vault as it is now; the trust chain may have moved with the merge.
fn verified(context: &mut Context) -> CliResult<usize> {
    let vault = context.open_vault()?;
    let verification = verify::everything(&vault, CheckpointDemand::IfPresent, context)?;
    if verification.findings.is_empty() {
        catch_up(&vault, context);
        copy_outdated(&vault, context);
        vault.finish(context);
        return Ok(verification.documents);
    }
    context.ui.warning(format!(
        "nothing was pushed: {} wrong; `vault verify` names them",
        Count::of_irregular(verification.findings.len(), "thing is", "things are")
    ));
    Err(CliError::Reported(Exit::Tampered))
}

/// Pushes; returns whether that worked. A refusal because the upstream has moved is not an error.
fn pushed(git: &Git, upstream: &Upstream) -> Result<bool, GitError> {
    let Upstream { remote, reference } = upstream;
    let push = git.output(&["push", "--quiet", remote, &format!("HEAD:{reference}")])?;
    if push.status.success() {
        return Ok(true);
    }
    let message = said(&push);
    git.run(&["fetch", "--quiet", remote])?;
    let behind = git.line(&["rev-list", "--count", "HEAD..@{upstream}"])?;
    // A push that lost a race for the lock of the branch may find nothing new yet.
    let raced = !message.contains("hook declined") && RACES.iter().any(|words| message.contains(words));
    if behind == "0" && !raced { Err(GitError::Remote { verb: "push", message }) } else { Ok(false) }
}

/// Errors of a push that would be accepted a moment later.
const RACES: [&str; 4] = ["fetch first", "cannot lock ref", "failed to update ref", "incorrect old value"];

impl Report for SyncReport {
    fn text(&self, page: &mut Page) {
        let commit = page.paint(Meaning::Dim, &self.commit.chars().take(12).collect::<String>());
        let (documents, merged) = (Count::of(self.documents, "document"), Count::of(self.merged, "document"));
        page.line(if page.is_of_dry_run() {
            format!("{documents} verified; this branch is at {commit}")
        } else {
            format!("{documents} verified, {merged} merged; the upstream is at {commit}")
        });
    }
}
