//! `vault resolve`: combines two documents into one, after any kind of merge.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::git::chains::is_in_conflict;
use crate::cli::git::conflicts::{conflicts, keep_both_sides, past, states};
use crate::cli::git::current::Opener;
use crate::cli::git::error::GitError;
use crate::cli::git::outcome::{Outcome, merged};
use crate::cli::git::program::{Git, under_way};
use crate::cli::git::renamed::renamed;
use crate::cli::git::side::{BothSides, Values};
use crate::cli::report::count::Count;
use crate::cli::terminal::{Meaning, Page, Report};
use crate::engine::{Document, Vault};
use crate::model::merge::Side;

/// Resolve merge conflicts of documents
#[derive(Debug, Args)]
#[command(
    long_about = "Resolve merge conflicts of documents.\n\n\
        Takes the two sides from git, merges them as the merge driver does, and adds the result to the index. Works \
        after a merge, a rebase, a cherry-pick, and after a merge elsewhere that left two documents in one file. If \
        no rule decides, the conflict is reported and left as it is, unless you choose a side. Shows who wrote each \
        side and when, and the length of the values if your identity can decrypt them; the values themselves are \
        shown only with --values.",
    after_help = "Examples:\n  \
        vault resolve\n  \
        vault resolve --dry-run --values\n  \
        vault resolve --theirs .vault/params/app/prod/db/password.yaml"
)]
pub(crate) struct ResolveArgs {
    /// Files or directories [default: every conflict of the vault]
    #[arg(value_name = "PATH", value_hint = clap::ValueHint::AnyPath)]
    paths: Vec<PathBuf>,
    /// If no rule decides, use our side; in a rebase, that is the branch you rebase onto
    #[arg(long, conflicts_with = "theirs")]
    ours: bool,
    /// If no rule decides, use their side
    #[arg(long)]
    theirs: bool,
    /// Show the current values of both sides
    #[arg(long)]
    values: bool,
}

/// How conflicts are resolved.
#[derive(Clone, Copy)]
pub(crate) struct Terms {
    /// The side that wins if no rule decides.
    pub(crate) prefer: Option<Side>,
    pub(crate) values: Values,
}

/// The result for the conflicts.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Resolution {
    pub(crate) resolved: Vec<Resolved>,
    pub(crate) conflicts: Vec<Unresolved>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Resolved {
    name: String,
    path: String,
    notes: Vec<String>,
    #[serde(flatten)]
    sides: BothSides,
}

/// A document that a person has to decide about.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Unresolved {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    path: String,
    #[serde(flatten)]
    sides: BothSides,
    reasons: Vec<String>,
}

pub(crate) fn run(args: &ResolveArgs, context: &mut Context) -> CliResult<()> {
    let prefer = match (args.ours, args.theirs) {
        (true, _) => Some(Side::Ours),
        (_, true) => Some(Side::Theirs),
        _ => None,
    };
    let mut vault = context.open_vault()?;
    let git = Git::around(vault.path())?;
    let wanted = args.paths.iter().map(std::path::absolute).collect::<Result<Vec<_>, _>>()?;
    let values = if args.values { Values::Shown } else { Values::Hidden };
    if args.values {
        vault.whoami()?;
    }
    let terms = Terms { prefer, values };
    let resolution = resolve_all(&git, &mut vault, &wanted, terms, context)?;
    if !context.global.dry_run && !resolution.conflicts.is_empty() {
        keep_both_sides(&git)?;
    }
    vault.finish(context);
    context.ui.report(&resolution)?;
    if !context.global.dry_run && !resolution.resolved.is_empty() && resolution.conflicts.is_empty() {
        context.ui.next(match under_way(&git) {
            Ok(Some(what @ ("rebase" | "cherry-pick" | "revert"))) => format!("`git {what} --continue`"),
            _ => "`git commit`".to_owned(),
        });
    }
    match resolution.conflicts.len() {
        0 => Ok(()),
        left => Err(GitError::Conflicts(Count::of(left, "conflict").to_string()).into()),
    }
}

/// Merges every conflicted document below the wanted paths, all of them if none is given, and adds them to the index.
pub(crate) fn resolve_all(
    git: &Git,
    vault: &mut Vault<'_>,
    wanted: &[PathBuf],
    terms: Terms,
    context: &Context,
) -> CliResult<Resolution> {
    let is_wanted = |path: &str| {
        let file = git.top.join(git.outside(path));
        wanted.is_empty() || wanted.iter().any(|wanted| file.starts_with(resolved_path(wanted)))
    };
    let mut all = conflicts(git, vault)?;
    all.retain(|conflicted| is_wanted(&conflicted.path));
    let mut resolution = Resolution { resolved: Vec::new(), conflicts: Vec::new() };
    if is_in_conflict(git)? {
        return Err(GitError::Chain.into());
    }
    let policy = context.recipient_policy()?;
    let (mut files, mut removed) = (Vec::new(), Vec::new());
    let opener = Opener::of(vault);
    let past = past(git, &all)?;
    for (conflicted, states) in all.iter().zip(states(git, &all)?) {
        let path = conflicted.path.clone();
        let [_, ours, theirs] = &states;
        let sides = BothSides::new(vault, &opener, &path, [ours.as_deref(), theirs.as_deref()], terms.values);
        match merged(vault, &path, &states, past.at(&path), terms.prefer, &policy) {
            Outcome::Document { name, notes, bytes } => {
                files.push((path.clone(), bytes));
                resolution.resolved.push(Resolved { name, path, notes, sides });
            }
            Outcome::Gone => {
                removed.push(git.outside(&path));
                resolution.resolved.push(Resolved { name: path.clone(), path, notes: Vec::new(), sides });
            }
            Outcome::Conflict(mut reasons) => {
                let name = name_of(vault, &path, &states);
                reasons.extend(renamed(vault, &path, &states, context.now).map(|new| {
                    format!(
                        "it was renamed to {new}: keep the changed side, put its value there, and delete the old name"
                    )
                }));
                resolution.conflicts.push(Unresolved { name, path, sides, reasons });
            }
        }
    }
    drop(opener);
    if !context.global.dry_run {
        vault.place_merged(&files, context.now)?;
        let mut added: Vec<String> = files.iter().map(|(path, _)| git.outside(path)).collect();
        drop(vault.take_written());
        if resolution.conflicts.is_empty() {
            added.extend(finished_keys(git, vault, context)?);
        }
        if !added.is_empty() {
            git.over(&["add", "--sparse"], &added)?;
        }
        if !removed.is_empty() {
            git.over(&["rm", "--quiet"], &removed)?;
        }
        // It is part of the merge, and goes into the commit that completes it.
        drop(vault.take_written());
    }
    Ok(resolution)
}

/// Finishes the keys that two branches left unfinished, if this is an admin, and returns what was written.
fn finished_keys(git: &Git, vault: &mut Vault<'_>, context: &Context) -> CliResult<Vec<String>> {
    let is_unfinished = vault.unfinished_keys().is_ok_and(|unfinished| !unfinished.is_empty());
    if is_unfinished && vault.require_admin().is_ok() {
        vault.finish_keys(&context.recipient_policy()?, context.now)?;
    }
    Ok(vault.take_written().iter().map(|path| git.outside(path)).collect())
}

/// The path with links resolved, if it exists; git names files below the true top directory.
fn resolved_path(path: &Path) -> PathBuf {
    let parent = path.parent().and_then(|parent| std::fs::canonicalize(parent).ok());
    match (std::fs::canonicalize(path), parent) {
        (Ok(path), _) => path,
        (Err(_), Some(parent)) => parent.join(path.file_name().unwrap_or_default()),
        _ => path.to_owned(),
    }
}

/// The name that the document has on a side that can be trusted.
fn name_of(vault: &Vault<'_>, path: &str, states: &[Option<Vec<u8>>; 3]) -> Option<String> {
    let documents = states.iter().flatten().filter_map(|raw| vault.document_at(path, raw).ok());
    documents.map(|document| document.name().to_owned()).last()
}

impl Report for Resolution {
    fn text(&self, page: &mut Page) {
        for resolved in &self.resolved {
            let name = page.paint(Meaning::Name, &resolved.name);
            page.line(format!("{name} {}", page.done("resolved")));
            resolved.sides.text(page);
            for note in &resolved.notes {
                let note = page.paint(Meaning::Plain, note);
                page.line(format!("  {note}"));
            }
        }
        for conflict in &self.conflicts {
            let path = page.paint(Meaning::Name, &conflict.path);
            match &conflict.name {
                Some(name) => {
                    let name = page.paint(Meaning::Name, name);
                    page.line(format!("{name} is in conflict, in {path}"))
                }
                None => page.line(format!("{path} is in conflict")),
            };
            conflict.sides.text(page);
            for reason in &conflict.reasons {
                let reason = page.paint(Meaning::Plain, reason);
                page.line(format!("  {reason}"));
            }
        }
        if self.resolved.is_empty() && self.conflicts.is_empty() {
            page.line("no document is in conflict");
        }
    }
}
