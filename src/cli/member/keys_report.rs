//! What the replacement of a member's keys came to.

use serde::Serialize;

use super::rm::{Refused, show_rest};
use super::view::names;
use crate::cli::count::Count;
use crate::cli::palette::Meaning;
use crate::cli::report::{Page, Report};
use crate::engine::Removal;

#[derive(Serialize)]
pub(super) struct KeysReport {
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "SignedDocuments")]
    signed: usize,
    #[serde(rename = "Documents")]
    documents: Vec<String>,
    #[serde(rename = "Keys")]
    keys: Vec<String>,
    #[serde(rename = "RefusedDocuments")]
    refused: Vec<Refused>,
    #[serde(rename = "MustRotate", skip_serializing_if = "Option::is_none")]
    must_rotate: Option<usize>,
    #[serde(rename = "DryRun", skip_serializing_if = "std::ops::Not::not")]
    dry_run: bool,
}

impl KeysReport {
    pub(super) fn new(name: String, done: Removal, must_rotate: Option<usize>, dry_run: bool) -> Self {
        let refused = done.refused.into_iter().map(|(path, error)| Refused { path, message: error.to_string() });
        KeysReport {
            name,
            signed: done.signed.len(),
            documents: done.signed,
            keys: done.keys.iter().map(ToString::to_string).collect(),
            refused: refused.collect(),
            must_rotate,
            dry_run,
        }
    }
}

impl Report for KeysReport {
    fn text(&self, page: &mut Page) {
        let name = page.paint(Meaning::Name, &self.name);
        page.line(format!("{name} {} new keys", if self.dry_run { "would have" } else { "has" }));
        page.fields([
            ("signed instead", Meaning::Plain, Count::of(self.signed, "document").to_string()),
            ("keys wrapped", Meaning::Plain, names(&self.keys)),
        ]);
        if self.dry_run {
            for document in &self.documents {
                let document = page.paint(Meaning::Name, document);
                page.line(format!("  {document}"));
            }
        }
        show_rest(&self.refused, self.must_rotate, page);
    }
}
