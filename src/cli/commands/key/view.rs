//! A key, as every verb presents it.

use serde::Serialize;

use crate::cli::error::CliResult;
use crate::cli::report::count::Count;
use crate::cli::report::date::Date;
use crate::cli::report::dated::dated;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::table::Table;
use crate::engine::Vault;
use crate::model::key::{Codec, KeyState, Suite, VersionState};
use crate::model::name::KeyName;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct KeyView {
    pub(super) name: String,
    pub(super) version: u64,
    pub(super) scopes: Vec<String>,
    pub(super) readers: Vec<String>,
    description: String,
    codec: &'static str,
    suite: &'static str,
    /// Nothing for a key that may be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deletion_date: Option<Date>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    versions: Vec<VersionView>,
    #[serde(rename = "SealedDocuments", skip_serializing_if = "Option::is_none")]
    sealed: Option<usize>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    dry_run: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct VersionView {
    #[serde(rename = "Version")]
    number: u64,
    state: &'static str,
    #[serde(rename = "CreatedDate")]
    created: Date,
    #[serde(rename = "Reason")]
    taint: String,
}

impl KeyView {
    pub(super) fn new(vault: &Vault<'_>, name: &KeyName) -> CliResult<Self> {
        let key = vault.key(name)?;
        Ok(KeyView {
            name: key.name.to_string(),
            version: key.ordinal(key.current),
            scopes: key.scopes.iter().map(ToString::to_string).collect(),
            readers: key.readers.iter().map(ToString::to_string).collect(),
            description: key.description.clone(),
            codec: match key.codec {
                Codec::Xc1 => "xc1",
                Codec::Age1 => "age1",
            },
            suite: match key.suite {
                Suite::Classic => "classic",
                Suite::Pq => "pq",
            },
            state: match key.state {
                KeyState::Enabled => None,
                KeyState::Disabled => Some("disabled"),
                KeyState::Deleting(_) if key.is_destroyed() => Some("destroyed"),
                KeyState::Deleting(_) => Some("deleting"),
            },
            deletion_date: match key.state {
                KeyState::Deleting(after) => Some(after.into()),
                _ => None,
            },
            versions: Vec::new(),
            sealed: None,
            dry_run: false,
        })
    }

    /// What a person reads about its state.
    pub(super) fn standing(&self) -> String {
        match (self.state, &self.deletion_date) {
            (Some("deleting"), Some(after)) => format!("to be deleted after {after}"),
            (state, _) => state.unwrap_or("enabled").to_owned(),
        }
    }

    /// With every version.
    pub(super) fn with_versions(mut self, vault: &Vault<'_>, name: &KeyName) -> CliResult<Self> {
        let versions = vault.key(name)?;
        let view = versions.versions.iter().zip(1..).map(|(version, number)| VersionView {
            number,
            state: match version.state {
                VersionState::Enabled => "enabled",
                VersionState::Tainted => "tainted",
                VersionState::Destroyed => "destroyed",
            },
            created: version.created.into(),
            taint: version.taint.clone(),
        });
        self.versions = view.collect();
        Ok(self)
    }

    /// After a change, with the number of documents encrypted under the key.
    pub(super) fn after(mut self, sealed: Option<usize>, dry_run: bool) -> Self {
        (self.sealed, self.dry_run) = (sealed, dry_run);
        self
    }
}

impl Report for KeyView {
    fn text(&self, page: &mut Page) {
        if self.dry_run {
            page.line("nothing was written; the result would be:");
        }
        page.fields([
            ("key", Meaning::Name, self.name.clone()),
            ("version", Meaning::Version, self.version.to_string()),
            ("governs", Meaning::Plain, self.scopes.join(", ")),
            ("readers", Meaning::Plain, self.readers.join(", ")),
        ]);
        if self.state.is_some() {
            page.fields([("state", Meaning::Warning, self.standing())]);
        }
        if (self.codec, self.suite) != ("xc1", "classic") || !self.versions.is_empty() {
            let sealed = format!("{}, {}", self.codec, self.suite);
            page.fields([("codec, suite", Meaning::Plain, sealed)]);
        }
        if !self.description.is_empty() {
            page.fields([("about", Meaning::Plain, self.description.clone())]);
        }
        if let Some(sealed) = self.sealed.filter(|sealed| *sealed > 0) {
            page.line(format!("{} encrypted under it", Count::of(sealed, "document")));
        }
        let mut table = Table::new([
            ("VERSION", Meaning::Version),
            ("STATE", Meaning::Plain),
            ("CREATED", Meaning::Dim),
            ("REASON", Meaning::Dim),
        ]);
        for VersionView { number, state, created, taint } in &self.versions {
            table.row([number.to_string().as_str(), state, &page.age(*created), &dated(taint, page)]);
        }
        page.table(&table);
    }
}
