//! One side of a conflict: who wrote it and when, which version is current, and how long that is. Its value only on demand.

use data_encoding::BASE64;
use serde::Serialize;
use zeroize::Zeroizing;

use super::current::{Current, Opener};
use crate::aws::value;
use crate::cli::terminal::{Meaning, Page, escape};
use crate::engine::{Document, Vault};
use crate::model::value::SecretValue;

/// Whether values themselves are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Values {
    Hidden,
    Shown,
}

/// Both sides of a document, side by side.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct BothSides {
    ours: SideView,
    theirs: SideView,
    #[serde(rename = "SameValue", skip_serializing_if = "Option::is_none")]
    same: Option<bool>,
}

#[derive(Serialize, Default)]
#[serde(rename_all = "PascalCase")]
struct SideView {
    /// `removed`, `cannot be trusted`, `deleted`, or empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modified: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    characters: Option<usize>,
    #[serde(rename = "Value", serialize_with = "value::optional_text", skip_serializing_if = "Option::is_none")]
    text: Option<SecretValue>,
    #[serde(rename = "ValueBase64", serialize_with = "value::optional_text", skip_serializing_if = "Option::is_none")]
    base64: Option<SecretValue>,
}

const REMOVED: &str = "removed";

impl BothSides {
    pub(crate) fn new(
        vault: &Vault<'_>,
        opener: &Opener<'_>,
        path: &str,
        [ours, theirs]: [Option<&[u8]>; 2],
        values: Values,
    ) -> Self {
        let ((mut ours, mine), (mut theirs, other)) =
            (SideView::of(vault, opener, path, ours), SideView::of(vault, opener, path, theirs));
        let same = mine.as_ref().zip(other.as_ref()).and_then(|(mine, other)| mine.equals(other));
        if values == Values::Shown {
            ours.show(mine);
            theirs.show(other);
        }
        BothSides { ours, theirs, same }
    }

    pub(crate) fn text(&self, page: &mut Page) {
        // If git knows neither side, there is nothing to show.
        let is_known = self.ours.state != Some(REMOVED) || self.theirs.state != Some(REMOVED);
        for (word, side) in [("ours", &self.ours), ("theirs", &self.theirs)].into_iter().filter(|_| is_known) {
            let line = page.paint(Meaning::Dim, &side.line());
            page.line(format!("  {word}: {line}"));
            if let Some(value) = side.text.as_ref().or(side.base64.as_ref()) {
                let value = escape::value_line(value.reveal());
                let mut line = Zeroizing::new(String::with_capacity(value.len() + 16));
                for part in ["  ", word, " value: ", value.as_str()] {
                    line.push_str(part);
                }
                page.line(line.as_str());
            }
        }
        if self.same == Some(true) {
            page.line("  both have the same value");
        }
    }
}

impl SideView {
    /// How one state looks, and its current version.
    fn of(vault: &Vault<'_>, opener: &Opener<'_>, path: &str, raw: Option<&[u8]>) -> (Self, Option<Current>) {
        let only = |state| (SideView { state: Some(state), ..SideView::default() }, None);
        let document = match raw.map(|raw| vault.document_at(path, raw)) {
            None => return only(REMOVED),
            Some(Err(_)) => return only("cannot be trusted"),
            Some(Ok(document)) => document,
        };
        let head = document.head();
        let current = opener.current(&document);
        let side = SideView {
            state: document.is_deleted().then_some("deleted"),
            revision: Some(head.rev),
            by: Some(head.by.to_string()),
            modified: Some(head.modified.to_string()),
            version: current.as_ref().map(|current| current.version.clone()),
            characters: current.as_ref().and_then(Current::length),
            ..SideView::default()
        };
        (side, current)
    }

    fn show(&mut self, current: Option<Current>) {
        let Some(value) = current.and_then(|current| current.value) else { return };
        match value.reveal_text() {
            Some(_) => self.text = Some(value),
            None => self.base64 = Some(SecretValue::from_text(BASE64.encode(value.reveal()))),
        }
    }

    fn line(&self) -> String {
        let (Some(revision), Some(by), Some(modified)) = (self.revision, &self.by, &self.modified) else {
            return self.state.unwrap_or_default().to_owned();
        };
        let mut line = format!("revision {revision} by {by} of {modified}");
        let length = self.characters.map(|count| format!("{count} characters"));
        for part in [self.state, self.version.as_deref(), length.as_deref()].into_iter().flatten() {
            line.push_str(", ");
            line.push_str(part);
        }
        line
    }
}
