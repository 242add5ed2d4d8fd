//! The result of replacing a member's keys.

use serde::Serialize;

use super::replaced::{show_done, show_rest};
use crate::cli::report::refused;
use crate::cli::report::refused::RefusedView;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::engine::Removal;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct KeysReport {
    name: String,
    #[serde(rename = "SignedDocuments")]
    signed: usize,
    documents: Vec<String>,
    keys: Vec<String>,
    #[serde(rename = "RefusedDocuments")]
    refused: Vec<RefusedView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    must_rotate: Option<usize>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    dry_run: bool,
}

impl KeysReport {
    pub(super) fn new(name: String, done: Removal, must_rotate: Option<usize>, dry_run: bool) -> Self {
        KeysReport {
            name,
            signed: done.signed.len(),
            documents: done.signed,
            keys: done.keys.iter().map(ToString::to_string).collect(),
            refused: refused::views(&done.refused),
            must_rotate,
            dry_run,
        }
    }
}

impl Report for KeysReport {
    fn text(&self, page: &mut Page) {
        let name = page.paint(Meaning::Name, &self.name);
        page.line(format!("{name} {} new keys", if self.dry_run { "would have" } else { "has" }));
        show_done(&self.documents, ("keys wrapped", &self.keys), self.dry_run, page);
        show_rest(&self.refused, self.must_rotate, page);
    }
}
