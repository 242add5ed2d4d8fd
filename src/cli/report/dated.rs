//! Texts of documents that begin with an instant, such as why a version of a key is tainted.

use crate::cli::terminal::Page;
use crate::model::time::Timestamp;

/// As a terminal shows them: what happened, and how long ago. Programs get them as they are.
pub(crate) fn dated(text: &str, page: &Page) -> String {
    let parts = text.split_once(' ').filter(|_| page.width().is_some());
    let parts = parts.and_then(|(when, what)| Some((when.parse::<Timestamp>().ok()?, what)));
    parts.map_or_else(|| text.to_owned(), |(when, what)| format!("{what}, {}", page.age(when)))
}
