//! `vault diff`: what changed between two commits, values masked.

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::git::current::{Opener, difference};
use crate::cli::git::describe::describe;
use crate::cli::git::entry::{Entry, entries, is_document, is_none};
use crate::cli::git::program::{Git, commits};
use crate::cli::report::date::Date;
use crate::cli::terminal::{Meaning, Page, Report, Table};
use crate::engine::{AnyDocument, Document, Error, Vault};

/// Show changes between two commits, values masked
#[derive(Debug, Args)]
#[command(
    long_about = "Show what changed between two commits, or since a commit: names, authors, versions, labels and \
        stages. For values it shows the old and new length of the current one, if your identity can decrypt it \
        without a prompt.",
    after_help = "Examples:\n  \
        vault diff                uncommitted changes\n  \
        vault diff main           changes since main\n  \
        vault diff v1.0..v1.1     changes between two tags"
)]
pub(crate) struct DiffArgs {
    /// A commit, or two as A..B [default: HEAD]
    #[arg(value_name = "A[..B]")]
    range: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DiffReport {
    changes: Vec<Change>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Change {
    name: String,
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modified: Option<Date>,
    changes: Vec<String>,
}

pub(crate) fn run(args: &DiffArgs, context: &mut Context) -> CliResult<()> {
    // It also works without values.
    context.ask_nobody();
    let vault = context.open_to_look()?.leave();
    let git = Git::around(vault.path())?;
    let commits = commits(&git, args.range.as_deref().unwrap_or("HEAD"))?;
    let report = DiffReport { changes: changes(&git, &vault, &commits)? };
    Ok(context.ui.report(&report)?)
}

/// The documents that differ between two commits, or between one and the work tree.
fn changes(git: &Git, vault: &Vault<'_>, commits: &[String]) -> CliResult<Vec<Change>> {
    let mut arguments = vec!["diff", "--raw", "-z", "--no-abbrev", "--no-renames"];
    arguments.extend(commits.iter().map(String::as_str));
    arguments.push("--");
    let entries = entries(&git.run(&arguments)?)?;
    let documents: Vec<(Entry, String)> = entries
        .into_iter()
        .filter_map(|entry| {
            let path = git.inside(&entry.path).filter(|path| is_document(path))?.to_owned();
            Some((entry, path))
        })
        .collect();
    let ids: Vec<&str> = documents.iter().flat_map(|(entry, _)| [&entry.old, &entry.new]).map(String::as_str).collect();
    let known: Vec<&str> = ids.iter().copied().filter(|id| !is_none(id)).collect();
    let mut blobs = git.blobs(&known)?.into_iter();
    let mut blob = |id: &str| if is_none(id) { None } else { blobs.next() };
    let opener = Opener::of(vault);
    let mut changes = Vec::new();
    for (entry, path) in &documents {
        let (old, new) = (blob(&entry.old), blob(&entry.new));
        // Git has no object for what is only in the work tree.
        let new =
            if commits.len() == 1 && new.is_none() { git.work_document(path).map_err(Error::from) } else { Ok(new) };
        changes.push(change(vault, &opener, path, old, new));
    }
    Ok(changes)
}

fn change(
    vault: &Vault<'_>,
    opener: &Opener<'_>,
    path: &str,
    old: Option<Vec<u8>>,
    new: Result<Option<Vec<u8>>, Error>,
) -> Change {
    let state = |raw: Option<Vec<u8>>| raw.map(|raw| vault.document_at(path, &raw)).transpose();
    let (old, new) = match (state(old), new.and_then(state)) {
        (Ok(old), Ok(new)) => (old, new),
        (Err(error), _) | (_, Err(error)) => {
            let changes = vec![format!("cannot be compared: {error}")];
            return Change { name: path.to_owned(), path: path.to_owned(), by: None, modified: None, changes };
        }
    };
    let last: Option<&AnyDocument> = new.as_ref().or(old.as_ref());
    Change {
        name: last.map_or_else(|| path.to_owned(), |document| document.name().to_owned()),
        path: path.to_owned(),
        by: new.as_ref().map(|new| new.head().by.to_string()),
        modified: new.as_ref().map(|new| new.head().modified.into()),
        changes: measured(opener, old.as_ref(), new.as_ref()),
    }
}

/// The changes in words, followed by how the current value differs: `v3 → v4, 24 → 32 characters`.
fn measured(opener: &Opener<'_>, old: Option<&AnyDocument>, new: Option<&AnyDocument>) -> Vec<String> {
    let mut changes = describe(old, new);
    let current = |document: Option<&AnyDocument>| document.and_then(|document| opener.current(document));
    let (old, new) = (current(old), current(new));
    let Some(new) = new.filter(|new| old.as_ref().is_none_or(|old| old.version != new.version)) else { return changes };
    let put = format!("put {}", new.version);
    let moved = |change: &String| *change == put || change.starts_with("stage AWSCURRENT ");
    let at = changes.iter().rposition(moved).map_or(changes.len(), |at| at + 1);
    if let Some(old) = &old
        && let Some(word) = changes[..at].last_mut().filter(|word| **word == put)
    {
        *word = format!("{} \u{2192} {}", old.version, new.version);
    }
    let length = match &old {
        Some(old) => difference(old, &new),
        None => new.length().map(|length| format!("{length} characters")),
    };
    changes.splice(at..at, length);
    changes
}

impl Report for DiffReport {
    fn text(&self, page: &mut Page) {
        let mut table = Table::new([
            ("NAME", Meaning::Name),
            ("CHANGES", Meaning::Plain),
            ("BY", Meaning::Plain),
            ("MODIFIED", Meaning::Dim),
        ]);
        for change in &self.changes {
            let by = change.by.as_deref().unwrap_or_default();
            let modified = change.modified.map(|modified| page.age(modified)).unwrap_or_default();
            table.row([change.name.as_str(), &change.changes.join(", "), by, &modified]);
        }
        page.table(&table);
    }
}
