//! What was done for a member whose keys are no longer valid, and the report of new ones.

use serde::Serialize;

use super::view::names;
use crate::cli::context::Context;
use crate::cli::report::count::Count;
use crate::cli::report::refused::{RefusedView, views};
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::ui::Ui;
use crate::engine::{Removal, RemovalStep, Vault};
use crate::model::name::MemberName;

/// Shows how far it is.
pub(super) fn progress(ui: &mut Ui) -> impl FnMut(RemovalStep) {
    move |step| match step {
        RemovalStep::Signing(done) => ui.progress("signed", done),
        RemovalStep::Keys(done) => ui.progress("keys renewed", done),
    }
}

/// Documents and keys, with the word for what happens to keys. A plan names the documents.
pub(super) fn show_done(documents: &[String], keys: (&'static str, &[String]), page: &mut Page) {
    page.fields([
        ("re-signed", Meaning::Plain, Count::of(documents.len(), "document").to_string()),
        (keys.0, Meaning::Plain, names(keys.1)),
    ]);
    if page.is_of_dry_run() {
        for document in documents {
            page.line(format!("  {}", page.paint(Meaning::Name, document)));
        }
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

/// The result of replacing a member's keys.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct KeysReport {
    name: String,
    signed_documents: usize,
    documents: Vec<String>,
    keys: Vec<String>,
    refused_documents: Vec<RefusedView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    must_rotate: Option<usize>,
}

impl KeysReport {
    pub(super) fn new(name: &MemberName, done: Removal, must_rotate: Option<usize>) -> Self {
        KeysReport {
            name: name.to_string(),
            signed_documents: done.signed.len(),
            documents: done.signed,
            keys: done.keys.iter().map(ToString::to_string).collect(),
            refused_documents: views(&done.refused),
            must_rotate,
        }
    }
}

impl Report for KeysReport {
    fn text(&self, page: &mut Page) {
        let name = page.paint(Meaning::Name, &self.name);
        page.line(format!("{name} {} new keys", if page.is_of_dry_run() { "would have" } else { "has" }));
        show_done(&self.documents, ("keys wrapped", &self.keys), page);
        show_rest(&self.refused_documents, self.must_rotate, page);
    }
}
