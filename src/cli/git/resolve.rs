//! `vault resolve`: one document out of two, after any kind of merge.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::chains::is_in_conflict;
use super::diff::object_at;
use super::program::{Git, GitError};
use super::staged::{is_document, is_key};
use crate::cli::context::Context;
use crate::cli::count::Count;
use crate::cli::error::CliResult;
use crate::cli::palette::Meaning;
use crate::cli::report::{Page, Report};
use crate::crypto::recipient::RecipientPolicy;
use crate::engine::{Document, Error, MergeOutcome, Sides, Tampering, Vault};
use crate::model::merge::Side;
use crate::store::path::trust_path;

/// Solve a merge conflict of documents
#[derive(Debug, Args)]
#[command(
    long_about = "Solve a merge conflict of documents.\n\n\
        Takes the two sides from git, merges them as the merge driver does, and adds the result to the index. Works after a \
        merge, a rebase, a cherry-pick, and after a merge elsewhere that left two documents in one file. What no rule decides \
        is named and stays as it is, unless one side is taken. Values are neither shown nor opened.",
    after_help = "Examples:\n  \
        vault resolve\n  \
        vault resolve --theirs .vault/params/app/prod/db/password.yaml"
)]
pub(in crate::cli) struct ResolveArgs {
    /// Files or directories [default: every conflict of the vault]
    #[arg(value_name = "PATH", value_hint = clap::ValueHint::AnyPath)]
    paths: Vec<PathBuf>,
    /// Where no rule decides, take our side: in a rebase, that is the branch that is rebased onto
    #[arg(long, conflicts_with = "theirs")]
    ours: bool,
    /// Where no rule decides, take their side
    #[arg(long)]
    theirs: bool,
}

/// What became of the conflicts.
#[derive(Serialize)]
pub(super) struct Resolution {
    #[serde(rename = "Resolved")]
    pub(super) resolved: Vec<Resolved>,
    #[serde(rename = "Conflicts")]
    pub(super) conflicts: Vec<Unresolved>,
}

/// A document that is one again.
#[derive(Serialize)]
pub(super) struct Resolved {
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "Path")]
    path: String,
    #[serde(rename = "Notes")]
    notes: Vec<String>,
}

/// A document that a person has to decide about.
#[derive(Serialize)]
pub(super) struct Unresolved {
    #[serde(rename = "Path")]
    path: String,
    #[serde(rename = "Ours")]
    ours: String,
    #[serde(rename = "Theirs")]
    theirs: String,
    #[serde(rename = "Reasons")]
    reasons: Vec<String>,
}

/// The objects of the three states of a file; its path is relative to the vault.
#[derive(Debug, Default)]
struct Conflicted {
    path: String,
    stages: [Option<String>; 3],
}

pub(in crate::cli) fn resolve(args: &ResolveArgs, context: &mut Context) -> CliResult<()> {
    let prefer = match (args.ours, args.theirs) {
        (true, _) => Some(Side::Ours),
        (_, true) => Some(Side::Theirs),
        _ => None,
    };
    let mut vault = context.open_vault()?;
    let git = Git::around(vault.path())?;
    let wanted = args.paths.iter().map(std::path::absolute).collect::<Result<Vec<_>, _>>()?;
    let resolution = resolve_all(&git, &mut vault, &wanted, prefer, context)?;
    context.finish(&vault);
    context.ui.report(&resolution)?;
    match resolution.conflicts.len() {
        0 => Ok(()),
        left => Err(GitError::Conflicts(Count::of(left, "conflict").to_string()).into()),
    }
}

/// Merges every conflicted document below the wanted paths, all of them if none is given, and adds them to the index.
pub(super) fn resolve_all(
    git: &Git,
    vault: &mut Vault<'_>,
    wanted: &[PathBuf],
    prefer: Option<Side>,
    context: &Context,
) -> CliResult<Resolution> {
    let is_wanted = |path: &str| {
        let file = git.top.join(git.outside(path));
        wanted.is_empty() || wanted.iter().any(|wanted| file.starts_with(resolved_path(wanted)))
    };
    let mut all = unmerged(git)?;
    all.extend(glued(git)?);
    all.retain(|conflicted| is_wanted(&conflicted.path));
    let mut resolution = Resolution { resolved: Vec::new(), conflicts: Vec::new() };
    if is_in_conflict(git)? {
        return Err(GitError::Chain.into());
    }
    let policy = context.recipient_policy()?;
    let (mut files, mut removed) = (Vec::new(), Vec::new());
    for (conflicted, states) in all.iter().zip(states(git, &all)?) {
        match one(vault, &conflicted.path, &states, prefer, &policy) {
            Outcome::Document(resolved, bytes) => {
                files.push((conflicted.path.clone(), bytes));
                resolution.resolved.push(resolved);
            }
            Outcome::Gone(resolved) => {
                removed.push(git.outside(&conflicted.path));
                resolution.resolved.push(resolved);
            }
            Outcome::Conflict(conflict) => resolution.conflicts.push(conflict),
        }
    }
    if !context.global.dry_run {
        vault.place_merged(&files)?;
        let mut added: Vec<String> = files.iter().map(|(path, _)| git.outside(path)).collect();
        if resolution.conflicts.is_empty() && files.iter().any(|(path, _)| is_key(path)) {
            added.extend(floors(git, vault, context)?);
        }
        if !added.is_empty() {
            git.over(&["add", "--sparse"], &added)?;
        }
        if !removed.is_empty() {
            git.over(&["rm", "--quiet"], &removed)?;
        }
    }
    Ok(resolution)
}

/// Raises what the trust chain demands of merged keys, and names the snapshot that says so.
fn floors(git: &Git, vault: &mut Vault<'_>, context: &Context) -> CliResult<Option<String>> {
    let before = vault.trust().rev;
    vault.raise_floors_of_merge(context.now)?;
    let after = vault.trust().rev;
    Ok((after > before).then(|| git.outside(&trust_path(after))))
}

/// The path with links followed where it exists; git names files below the true top directory.
fn resolved_path(path: &Path) -> PathBuf {
    let parent = path.parent().and_then(|parent| std::fs::canonicalize(parent).ok());
    match (std::fs::canonicalize(path), parent) {
        (Ok(path), _) => path,
        (Err(_), Some(parent)) => parent.join(path.file_name().unwrap_or_default()),
        _ => path.to_owned(),
    }
}

enum Outcome {
    Document(Resolved, Vec<u8>),
    Gone(Resolved),
    Conflict(Unresolved),
}

fn one(
    vault: &Vault<'_>,
    path: &str,
    states: &[Option<Vec<u8>>; 3],
    prefer: Option<Side>,
    policy: &RecipientPolicy,
) -> Outcome {
    let [base, ours, theirs] = states;
    let resolved = |name: &str, notes| Resolved { name: name.to_owned(), path: path.to_owned(), notes };
    let conflict = |reasons| {
        let shown = |raw: &Option<Vec<u8>>| who(vault, path, raw.as_deref());
        Outcome::Conflict(Unresolved { path: path.to_owned(), ours: shown(ours), theirs: shown(theirs), reasons })
    };
    let (Some(ours_raw), Some(theirs_raw)) = (ours, theirs) else {
        let taken = match prefer {
            None => return conflict(vec!["one side removed the file, without a tombstone".to_owned()]),
            Some(Side::Ours) => ours,
            Some(Side::Theirs) => theirs,
        };
        return match taken {
            None => Outcome::Gone(resolved(path, Vec::new())),
            Some(raw) => match vault.document_at(path, raw) {
                Ok(document) => Outcome::Document(resolved(document.name(), Vec::new()), raw.clone()),
                Err(error) => conflict(vec![error.to_string()]),
            },
        };
    };
    let sides = Sides { base: base.as_deref(), ours: ours_raw, theirs: theirs_raw };
    match vault.merge(path, sides, prefer, Some(policy)) {
        Ok(MergeOutcome::Merged { bytes, notes }) => {
            let name = vault.document_at(path, &bytes).map_or_else(|_| path.to_owned(), |it| it.name().to_owned());
            Outcome::Document(resolved(&name, notes), bytes)
        }
        Ok(MergeOutcome::Conflicts(conflicts)) => conflict(conflicts.iter().map(ToString::to_string).collect()),
        Err(error) => match alone(vault, path, [ours_raw, theirs_raw], prefer) {
            Some((document, bytes)) => {
                let notes = vec![format!("the other side was left out: {error}")];
                Outcome::Document(resolved(document.name(), notes), bytes)
            }
            None => conflict(vec![error.to_string()]),
        },
    }
}

/// The preferred side as it is, where the other one is signed by somebody who may not any more. A side whose signature does not
/// hold stays a conflict: somebody should look into it.
fn alone(
    vault: &Vault<'_>,
    path: &str,
    [ours, theirs]: [&Vec<u8>; 2],
    prefer: Option<Side>,
) -> Option<(Document, Vec<u8>)> {
    let (side, other) = match prefer? {
        Side::Ours => (ours, theirs),
        Side::Theirs => (theirs, ours),
    };
    let document = vault.document_at(path, side).ok()?;
    let Err(Error::Tampered { reason, .. }) = vault.document_at(path, other) else { return None };
    let is_late = matches!(reason, Tampering::Former(_) | Tampering::NotAllowed(_) | Tampering::OtherKey(_));
    is_late.then(|| (document, side.clone()))
}

/// Revision, author and time of one side.
fn who(vault: &Vault<'_>, path: &str, raw: Option<&[u8]>) -> String {
    match raw.map(|raw| vault.document_at(path, raw)) {
        None => "removed".to_owned(),
        Some(Err(_)) => "cannot be trusted".to_owned(),
        Some(Ok(document)) => {
            let head = document.head();
            let deleted = if document.is_deleted() { ", deleted" } else { "" };
            format!("revision {} by {} of {}{deleted}", head.rev, head.by, head.modified)
        }
    }
}

/// The conflicts that git's index holds.
fn unmerged(git: &Git) -> Result<Vec<Conflicted>, GitError> {
    let raw = git.run(&["ls-files", "-u", "-z", "--", &pathspec(git)])?;
    let mut all: Vec<Conflicted> = Vec::new();
    for record in raw.split(|&byte| byte == 0).filter(|record| !record.is_empty()) {
        let text = String::from_utf8_lossy(record);
        let (head, path) = text.split_once('\t').ok_or(GitError::Answer("ls-files"))?;
        let words: Vec<&str> = head.split(' ').collect();
        let (Some(id), Some(stage)) = (words.get(1), words.get(2).and_then(|stage| stage.parse::<usize>().ok())) else {
            return Err(GitError::Answer("ls-files"));
        };
        let Some(path) = git.inside(path).filter(|path| is_document(path) || !path.contains("/.")) else { continue };
        if all.last().is_none_or(|last| last.path != path) {
            all.push(Conflicted { path: path.to_owned(), ..Conflicted::default() });
        }
        if let Some(slot) = all.last_mut().and_then(|last| last.stages.get_mut(stage.wrapping_sub(1))) {
            *slot = Some((*id).to_owned());
        }
    }
    Ok(all)
}

/// Documents that a merge elsewhere glued together: more than one signature in a file that git takes for merged. Their sides
/// are the parents of the last merge that touched them.
fn glued(git: &Git) -> Result<Vec<Conflicted>, GitError> {
    let found = git.output(&["grep", "-c", "-z", "-e", "^#sig ", "--", &pathspec(git)])?;
    let mut glued = Vec::new();
    let is_unmerged = git.run(&["ls-files", "-u", "-z", "--", &pathspec(git)])?;
    for line in found.stdout.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
        let text = String::from_utf8_lossy(line);
        let (file, count) = text.split_once('\0').ok_or(GitError::Answer("grep"))?;
        let Some(path) = git.inside(file).filter(|path| is_document(path) && count != "1") else { continue };
        let in_index = is_unmerged.windows(file.len()).any(|window| window == file.as_bytes());
        if !in_index && let Some(stages) = parents(git, file)? {
            glued.push(Conflicted { path: path.to_owned(), stages });
        }
    }
    Ok(glued)
}

/// The file in the common ancestor and in both parents of the last merge; nothing where there was none.
fn parents(git: &Git, file: &str) -> Result<Option<[Option<String>; 3]>, GitError> {
    let merge = git.line(&["rev-list", "-1", "--merges", "--full-history", "--parents", "HEAD", "--", file])?;
    let words: Vec<&str> = merge.split(' ').collect();
    let [_, ours, theirs] = words.as_slice() else { return Ok(None) };
    let base = git.output(&["merge-base", ours, theirs])?;
    let base = String::from_utf8_lossy(&base.stdout).trim().to_owned();
    let object = |commit: &str| if commit.is_empty() { Ok(None) } else { object_at(git, commit, file) };
    Ok(Some([object(&base)?, object(ours)?, object(theirs)?]))
}

/// The contents of all states.
fn states(git: &Git, all: &[Conflicted]) -> Result<Vec<[Option<Vec<u8>>; 3]>, GitError> {
    let ids: Vec<&str> = all.iter().flat_map(|one| one.stages.iter().flatten()).map(String::as_str).collect();
    let mut blobs = git.blobs(&ids)?.into_iter();
    let mut next = |id: &Option<String>| id.as_ref().and_then(|_| blobs.next());
    Ok(all.iter().map(|one| [next(&one.stages[0]), next(&one.stages[1]), next(&one.stages[2])]).collect())
}

/// The vault's directory as git takes paths.
pub(super) fn pathspec(git: &Git) -> String {
    if git.prefix.is_empty() { ".".to_owned() } else { format!(":(literal){}", git.prefix) }
}

impl Report for Resolution {
    fn text(&self, page: &mut Page) {
        for resolved in &self.resolved {
            let name = page.paint(Meaning::Name, &resolved.name);
            page.line(format!("{name} resolved"));
            for note in &resolved.notes {
                let note = page.paint(Meaning::Plain, note);
                page.line(format!("  {note}"));
            }
        }
        for conflict in &self.conflicts {
            let path = page.paint(Meaning::Name, &conflict.path);
            page.line(format!("{path} is in conflict"));
            for reason in &conflict.reasons {
                let reason = page.paint(Meaning::Plain, reason);
                page.line(format!("  {reason}"));
            }
            let (ours, theirs) = (page.paint(Meaning::Dim, &conflict.ours), page.paint(Meaning::Dim, &conflict.theirs));
            page.line(format!("  ours: {ours}")).line(format!("  theirs: {theirs}"));
        }
        if self.resolved.is_empty() && self.conflicts.is_empty() {
            page.line("no document is in conflict");
        }
    }
}
