//! What is said of a new member, and what is to be done next.

use serde::Serialize;

use super::view::names;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::report::anchor;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::engine::{Rights, Vault};
use crate::model::name::MemberName;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Added {
    name: String,
    role: &'static str,
    /// Of somebody who has sent a request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fingerprint: Option<String>,
    reads: Vec<String>,
    writes: Vec<String>,
    /// The file with the identity of a machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) path: Option<String>,
    trust_revision: u64,
    anchor: String,
    #[serde(skip)]
    is_committed: bool,
}

impl Added {
    pub(super) fn new(name: &MemberName, rights: &Rights, vault: &Vault<'_>, context: &Context) -> CliResult<Self> {
        Ok(Added {
            name: name.to_string(),
            role: rights.role.as_str(),
            fingerprint: None,
            reads: rights.read.iter().map(ToString::to_string).collect(),
            writes: rights.write.iter().map(ToString::to_string).collect(),
            path: None,
            trust_revision: vault.trust().rev,
            anchor: vault.anchor().to_string(),
            is_committed: context.commits()?,
        })
    }
}

impl Report for Added {
    fn text(&self, page: &mut Page) {
        let name = page.paint(Meaning::Name, &self.name);
        let would = if page.is_of_dry_run() { "would be" } else { "is" };
        page.line(format!("{name} {would} a member"));
        let fields = [
            ("role", Meaning::Plain, self.role.to_owned()),
            ("reads", Meaning::Plain, names(&self.reads)),
            ("writes", Meaning::Plain, names(&self.writes)),
        ];
        let identity = self.path.iter().map(|path| ("identity", Meaning::Plain, path.clone()));
        page.fields(fields.into_iter().chain(identity));
        if page.is_of_dry_run() {
            return;
        }
        page.line("").line("next:");
        if !self.is_committed {
            page.line("  git add .vault && git commit     then push: members are part of the vault");
        }
        if self.reads.is_empty() {
            let name = &self.name;
            page.line(format!(
                "  vault key grant KEY {name}     {name} reads nothing yet; `vault key ls` lists the keys"
            ));
        }
        if let Some(path) = &self.path {
            page.line("  bring the file to the machine, never into git, and set there:");
            page.line(format!("  VLT_IDENTITY_FILE={path}"));
        }
        for line in anchor::step(&self.anchor, page.width()) {
            page.line(line);
        }
        if self.path.is_none() {
            page.line("    tell them this, by phone or face to face: with it, their machine accepts");
            page.line("    no other vault and no older state");
        }
    }
}
