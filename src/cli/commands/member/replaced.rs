//! What was done for a member whose keys are no longer valid, as a report shows it.

use super::view::names;
use crate::cli::context::Context;
use crate::cli::report::count::Count;
use crate::cli::report::refused::RefusedView;
use crate::cli::terminal::page::Page;
use crate::cli::terminal::palette::Meaning;
use crate::engine::Vault;

/// Documents and keys, with the word for what happens to keys. A plan names the documents.
pub(super) fn show_done(documents: &[String], keys: (&'static str, &[String]), is_plan: bool, page: &mut Page) {
    page.fields([
        ("re-signed", Meaning::Plain, Count::of(documents.len(), "document").to_string()),
        (keys.0, Meaning::Plain, names(keys.1)),
    ]);
    for document in documents.iter().filter(|_| is_plan) {
        let document = page.paint(Meaning::Name, document);
        page.line(format!("  {document}"));
    }
}

/// How many values must be replaced now. After a dry run the vault in memory is ahead of the one on disk; and a problem
/// with a document does not mean that the removal failed.
pub(super) fn must_rotate(vault: &Vault<'_>, context: &Context) -> Option<usize> {
    if context.global.dry_run { None } else { vault.must_rotate().ok().map(|exposed| exposed.found.len()) }
}

/// What is left to do: documents that were not signed, values that must be replaced.
pub(super) fn show_rest(refused: &[RefusedView], must_rotate: Option<usize>, page: &mut Page) {
    for RefusedView { path, message } in refused {
        let word = page.paint(Meaning::Warning, "not signed");
        let text = page.paint(Meaning::Plain, &format!("{path}: {message}"));
        page.line(format!("{word}: {text}"));
    }
    if let Some(exposed) = must_rotate.filter(|exposed| *exposed > 0) {
        let values = Count::of(exposed, "value");
        page.line(format!("{values} must be replaced: `vault list --must-rotate`"));
    }
}
