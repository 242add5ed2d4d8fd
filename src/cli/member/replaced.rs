//! What was done in the place of a member whose keys are no good any more, as a report shows it.

use serde::Serialize;

use super::view::names;
use crate::cli::count::Count;
use crate::cli::palette::Meaning;
use crate::cli::report::Page;
use crate::engine::Error;

/// A document that does not hold, and was not signed.
#[derive(Serialize)]
pub(super) struct Refused {
    #[serde(rename = "Path")]
    path: String,
    #[serde(rename = "Message")]
    message: String,
}

pub(super) fn refused(documents: Vec<(String, Error)>) -> Vec<Refused> {
    documents.into_iter().map(|(path, error)| Refused { path, message: error.to_string() }).collect()
}

/// Documents and keys, with the word for what happens to keys. A plan names the documents.
pub(super) fn show_done(documents: &[String], keys: (&'static str, &[String]), is_plan: bool, page: &mut Page) {
    page.fields([
        ("signed instead", Meaning::Plain, Count::of(documents.len(), "document").to_string()),
        (keys.0, Meaning::Plain, names(keys.1)),
    ]);
    for document in documents.iter().filter(|_| is_plan) {
        let document = page.paint(Meaning::Name, document);
        page.line(format!("  {document}"));
    }
}

/// What is left to do: documents that were not signed, values that must be replaced.
pub(super) fn show_rest(refused: &[Refused], must_rotate: Option<usize>, page: &mut Page) {
    for Refused { path, message } in refused {
        let word = page.paint(Meaning::Warning, "not signed");
        let text = page.paint(Meaning::Plain, &format!("{path}: {message}"));
        page.line(format!("{word}: {text}"));
    }
    if let Some(exposed) = must_rotate.filter(|exposed| *exposed > 0) {
        let values = Count::of(exposed, "value");
        page.line(format!("{values} must be replaced: `vault list --must-rotate`"));
    }
}
