//! `vault adopt`: re-sign documents whose signer lost permission.

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::exit::Exit;
use crate::cli::git;
use crate::cli::git::error::GitError;
use crate::cli::input::document_name::KindArgs;
use crate::cli::report::count::Count;
use crate::cli::report::refused::RefusedView;
use crate::cli::terminal::{Meaning, Page, Question, Report};
use crate::engine::{Adoptable, AnyDocument, Document, DocumentName, Vault};

/// Re-sign documents whose signer lost permission
#[derive(Debug, Args)]
#[command(
    long_about = "Re-sign documents whose signer lost permission.\n\n\
        A document signed by a member who was removed, whose key was replaced or whose scopes were narrowed is \
        refused when it arrives later, such as with a branch. Review who signed it, when, and what is different; \
        values are not shown. Then it is signed in your name. A document that never had a valid signature is never \
        signed.\n\n\
        Anyone who kept their old key can date a document back. So --all-refused takes only what this machine saw \
        while its signer was allowed to write it, and nothing newer; everything else is listed, to be adopted by name.\n\n\
        With --key it is a key document, signed by a former admin. An admin who is a reader of the key adopts the \
        change: the key is wrapped again for exactly the readers shown, and gets a version that its signer cannot \
        open, unless they are one of them.",
    after_help = "Examples:\n  \
        vault adopt /app/dev/db --dry-run\n  \
        vault adopt --secret prod/db\n  \
        vault adopt --key default\n  \
        vault adopt --all-refused"
)]
pub(crate) struct AdoptArgs {
    /// Names of parameters, or of secrets, keys, rules or credentials with `--secret`, `--key`, `--rule` or `--credential`
    #[arg(value_name = "NAME", required_unless_present = "all_refused", conflicts_with = "all_refused")]
    names: Vec<String>,
    #[command(flatten)]
    kind: KindArgs,
    /// Every parameter and secret that is refused because of its signer, if this machine saw it before
    #[arg(long, conflicts_with_all = ["secret", "key", "rule", "credential"])]
    all_refused: bool,
    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AdoptReport {
    adopted: Vec<Line>,
    refused: Vec<RefusedView>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Line {
    name: String,
    path: String,
    #[serde(rename = "Revision")]
    rev: u64,
    by: String,
    #[serde(rename = "LastModifiedDate")]
    modified: String,
    changes: Vec<String>,
}

pub(crate) fn run(args: &AdoptArgs, context: &mut Context) -> CliResult<()> {
    let mut vault = context.open_vault()?;
    let (found, refused) = if args.all_refused { all(&vault, context)? } else { (named(args, &vault)?, Vec::new()) };
    let lines: Vec<Line> = found.iter().map(|it| Line::of(&vault, it)).collect();
    if !found.is_empty() && !context.global.dry_run {
        confirm(args, &vault, &found, &lines, context)?;
        for adoptable in &found {
            sign(&mut vault, adoptable, context)?;
        }
    }
    vault.finish(context);
    let left = refused.len();
    context.ui.report(&AdoptReport { adopted: lines, refused })?;
    if left > 0 { Err(CliError::Reported(Exit::Tampered)) } else { Ok(()) }
}

fn sign(vault: &mut Vault<'_>, adoptable: &Adoptable, context: &mut Context) -> CliResult<()> {
    if !matches!(adoptable.document, AnyDocument::Key(_)) {
        return Ok(vault.adopt(adoptable, context.now)?);
    }
    let trusted = git::last_trusted_key(vault, &adoptable.path);
    let policy = context.recipient_policy()?;
    for note in vault.adopt_key(adoptable, trusted.as_ref(), &policy, context.now)? {
        context.ui.note(format!("`{}`: {note}", adoptable.path));
    }
    Ok(())
}

fn named(args: &AdoptArgs, vault: &Vault<'_>) -> CliResult<Vec<Adoptable>> {
    let names = args.names.iter().map(|name| args.kind.parse(name));
    let names = names.collect::<Result<Vec<_>, _>>()?;
    let mut found = Vec::new();
    for name in &names {
        found.extend(vault.adoptable(name.document())?);
    }
    let brought_back =
        |it: &&Adoptable| matches!(it.document, AnyDocument::Key(_)) && git::was_left_behind(vault, &it.path);
    if let Some(key) = found.iter().find(brought_back) {
        return Err(GitError::LeftBehind(key.path.clone()).into());
    }
    Ok(found)
}

fn all(vault: &Vault<'_>, context: &mut Context) -> CliResult<(Vec<Adoptable>, Vec<RefusedView>)> {
    let ui = &mut context.ui;
    let every = vault.all_refused(|done| ui.progress("looked at", done))?;
    ui.progress_done();
    let (mut found, mut refused) = (Vec::new(), Vec::new());
    for (path, outcome) in every {
        match outcome {
            Ok(adoptable) if adoptable.goes_back() => refused.push(RefusedView { path, message: behind(&adoptable) }),
            Ok(adoptable) if git::was_left_behind(vault, &adoptable.path) => {
                let message = format!("{}; adopt it by name if that is intended", GitError::LeftBehind(path.clone()));
                refused.push(RefusedView { path, message });
            }
            Ok(adoptable) if !adoptable.is_known => refused.push(RefusedView { path, message: unknown(&adoptable) }),
            Ok(adoptable) => found.push(adoptable),
            Err(error) => refused.push(RefusedView { path, message: error.to_string() }),
        }
    }
    refused.extend(refused_keys(vault));
    Ok((found, refused))
}

/// A key is adopted only by its name, because that decides who may open it.
fn refused_keys(vault: &Vault<'_>) -> Vec<RefusedView> {
    let mut refused = Vec::new();
    for rule in &vault.trust().keys {
        if let Ok(Some(found)) = vault.adoptable(DocumentName::Key(&rule.name)) {
            let message =
                format!("an admin who is a reader of the key adopts it with `vault adopt --key {}`", rule.name);
            refused.push(RefusedView { path: found.path, message });
        }
    }
    refused
}

fn behind(it: &Adoptable) -> String {
    format!(
        "found revision {}, already saw revision {}; adopt it by name if that is intended",
        it.document.head().rev,
        it.seen
    )
}

fn unknown(it: &Adoptable) -> String {
    format!(
        "nothing here shows that `{}` signed it before losing permission; review it, and adopt it by name",
        it.document.head().by
    )
}

fn confirm(
    args: &AdoptArgs,
    vault: &Vault<'_>,
    found: &[Adoptable],
    lines: &[Line],
    context: &mut Context,
) -> CliResult<()> {
    for (it, line) in found.iter().zip(lines) {
        context.ui.note(format!("`{}`: revision {} of {}; {}", line.path, line.rev, line.modified, it.reason));
        context.ui.note(format!("  {} was allowed to write it until snapshot {}", line.by, it.until));
        context.ui.note(format!("  it says: {}", line.changes.join(", ")));
        if let AnyDocument::Key(key) = &it.document {
            let readers: Vec<String> = vault.key(&key.name)?.readers.iter().map(ToString::to_string).collect();
            context.ui.note(format!("  its versions are wrapped again, for its readers: {}", readers.join(", ")));
        }
        if it.goes_back() {
            context.ui.warning(format!("`{}` would be rolled back: {}", line.path, behind(it)));
        }
    }
    let text = format!("Re-sign {} in your own name?", Count::of(found.len(), "document"));
    context.confirm_change(args.yes, Question::decision(&text), "nothing was signed")
}

impl Line {
    fn of(vault: &Vault<'_>, it: &Adoptable) -> Self {
        let head = it.document.head();
        Line {
            name: it.document.name().to_owned(),
            path: it.path.clone(),
            rev: head.rev,
            by: head.by.to_string(),
            modified: head.modified.to_string(),
            changes: git::since_trusted(vault, &it.path, &it.document),
        }
    }
}

impl Report for AdoptReport {
    fn text(&self, page: &mut Page) {
        for line in &self.adopted {
            let (name, by) = (page.paint(Meaning::Name, &line.name), page.paint(Meaning::Name, &line.by));
            let what = page.paint(Meaning::Plain, &line.changes.join(", "));
            page.line(format!("{name} {} in place of {by}: {what}", page.done("signed")));
        }
        for RefusedView { path, message } in &self.refused {
            let word = page.paint(Meaning::Warning, "not signed");
            let text = page.paint(Meaning::Plain, &format!("{path}: {message}"));
            page.line(format!("{word}: {text}"));
        }
        if self.adopted.is_empty() && self.refused.is_empty() {
            page.line("no document is refused because of its signer");
        }
    }
}
