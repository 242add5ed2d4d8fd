//! `vault trust rebase`: combines two trust chains into one.

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::git::chains::{Chains, directory, is_in_conflict};
use crate::cli::git::error::GitError;
use crate::cli::git::program::Git;
use crate::cli::report::count::Count;
use crate::cli::report::trust_changes::changes;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::prompt::Question;
use crate::engine::{ChainSource, Rebase, RebaseOutcome};
use crate::model::merge::Side;
use crate::model::trust::Trust;

/// Re-sign the changes of one branch on top of the other's trust chain
#[derive(Debug, Args)]
#[command(
    long_about = "Re-sign the changes of one branch on top of the other's trust chain.\n\n\
        If two branches both changed members or keys, git cannot merge the chain of signed snapshots. The chain of \
        one branch is kept: in a merge the incoming one, unless only yours is in the upstream branch; in a rebase \
        and a cherry-pick the current one. The changes of the other branch are shown, and you re-sign them on top of \
        it. You must be an admin on both.\n\n\
        Changes by somebody whom the other branch has deprived of that right are not re-signed: --ours or --theirs \
        then takes the other branch's chain alone.\n\n\
        Without COMMIT it works on the conflict that git has left, or on the last merge, if that took one side. With \
        COMMIT, what that commit's chain adds to the common part is re-signed on top of HEAD's.",
    after_help = "Examples:\n  \
        vault trust rebase && vault resolve && git commit\n  \
        vault trust rebase --theirs\n  \
        vault trust rebase feature"
)]
pub(crate) struct RebaseArgs {
    /// A commit whose changes to members and keys are missing here
    #[arg(value_name = "COMMIT")]
    from: Option<String>,
    /// If both sides changed the same thing, use our side; in a rebase, that is the branch you rebase onto
    #[arg(long, conflicts_with = "theirs")]
    ours: bool,
    /// If both sides changed the same thing, use their side
    #[arg(long)]
    theirs: bool,
    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RebaseReport {
    kept: Vec<SnapshotLine>,
    signed_again: Vec<SnapshotLine>,
    #[serde(rename = "GivenUp", skip_serializing_if = "Vec::is_empty")]
    dropped: Vec<SnapshotLine>,
    trust_revision: u64,
    #[serde(skip)]
    in_conflict: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SnapshotLine {
    revision: u64,
    by: String,
    changes: Vec<String>,
}

pub(crate) fn run(args: &RebaseArgs, context: &mut Context) -> CliResult<()> {
    let git = Git::around(&context.locate()?)?;
    let in_conflict = is_in_conflict(&git)?;
    let Some(chains) = Chains::of(&git, args.from.as_deref())? else {
        context.ui.note("the trust chain has no conflict; nothing was changed");
        return Ok(());
    };
    if !in_conflict && !git.run(&["status", "--porcelain", "-z", "--", &directory(&git)])?.is_empty() {
        return Err(GitError::Uncommitted("the trust chain is changed and".into()).into());
    }
    let vault = context.open_chain(ChainSource::Branch(chains.kept.clone()))?;
    let prefer = preferred(args, chains.moved_is);
    let plan = match vault.plan_rebase(&*chains.kept, &*chains.moved, prefer)? {
        Some(RebaseOutcome::Conflicts(conflicts)) => {
            let conflicts: Vec<String> = conflicts.iter().map(ToString::to_string).collect();
            return Err(GitError::Team(conflicts.join("; ")).into());
        }
        // In a conflict the kept side has to be written, whether there is anything to add to it or not.
        Some(RebaseOutcome::Planned(plan)) if in_conflict || !plan.is_empty() => plan,
        _ => {
            context.ui.note("the current chain already contains everything in the other one; nothing was changed");
            vault.leave();
            return Ok(());
        }
    };
    confirm(args, &plan, &chains.kept_name, context)?;
    let written = vault.rebase(&plan, context.now)?;
    if in_conflict {
        // It is part of the merge, and goes into the commit that completes it.
        drop(vault.take_written());
    }
    let vault = vault.finish(context);
    if !context.global.dry_run {
        let added: Vec<String> = written.iter().map(|path| git.outside(path)).collect();
        git.over(&["add", "--all", "--sparse"], &added)?;
    }
    Ok(context.ui.report(&RebaseReport {
        kept: lines(&plan.base, &plan.kept),
        signed_again: lines(&plan.base, &plan.moved),
        dropped: lines(&plan.base, &plan.dropped),
        trust_revision: vault.trust().rev,
        in_conflict,
    })?)
}

/// The side that decides, as the rules see it: ours is the moved one.
fn preferred(args: &RebaseArgs, moved_is: Side) -> Option<Side> {
    let asked = match (args.ours, args.theirs) {
        (true, _) => Side::Ours,
        (_, true) => Side::Theirs,
        _ => return None,
    };
    Some(if asked == moved_is { Side::Ours } else { Side::Theirs })
}

fn confirm(args: &RebaseArgs, plan: &Rebase, kept: &str, context: &mut Context) -> CliResult<()> {
    if args.yes || context.global.dry_run {
        return Ok(());
    }
    let parts = [("is kept", &plan.kept), ("is re-signed by you", &plan.moved), ("is discarded", &plan.dropped)];
    for (title, snapshots) in parts.into_iter().filter(|(_, snapshots)| !snapshots.is_empty()) {
        context.ui.note(format!("{title}:"));
        for line in lines(&plan.base, snapshots) {
            context.ui.note(format!("  snapshot {} by {}: {}", line.revision, line.by, line.changes.join(", ")));
        }
    }
    let text = match plan.moved.len() {
        0 => "Continue with this chain?".to_owned(),
        moved => format!("Re-sign {} on top of {kept}?", Count::of(moved, "snapshot")),
    };
    context.confirm(Question::decision(&text), "nothing was changed")
}

fn lines(base: &Trust, snapshots: &[Trust]) -> Vec<SnapshotLine> {
    let befores = std::iter::once(base).chain(snapshots);
    let line = |(before, after): (&Trust, &Trust)| SnapshotLine {
        revision: after.rev,
        by: after.by.to_string(),
        changes: changes(Some(before), after),
    };
    befores.zip(snapshots).map(line).collect()
}

impl Report for RebaseReport {
    fn text(&self, page: &mut Page) {
        let would = if page.is_of_dry_run() { "would be" } else { "is" };
        for (lines, verb) in [(&self.signed_again, "re-signed"), (&self.dropped, "discarded")] {
            for line in lines {
                page.line(format!("{}: {would} {verb}", page.paint(Meaning::Name, &line.changes.join(", "))));
            }
        }
        let end = page.paint(Meaning::Version, &self.trust_revision.to_string());
        let ends = if page.is_of_dry_run() { "would end" } else { "ends" };
        page.line(format!("the trust chain {ends} at snapshot {end}"));
        if !page.is_of_dry_run() {
            page.line("").line("next:");
            let next = if self.in_conflict { "vault resolve, then continue with git" } else { "git commit" };
            page.line(format!("  {next}"));
        }
    }
}
