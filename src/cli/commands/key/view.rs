//! A key, as every verb presents it.

use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::input::choice::word_of;
use crate::cli::report::count::Count;
use crate::cli::report::date::Date;
use crate::cli::report::dated::dated;
use crate::cli::session::Session;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::table::Table;
use crate::engine::Vault;
use crate::model::key::{Codec, KeyState, Suite, VersionState};
use crate::model::name::KeyName;

pub(super) const CODECS: &[(&str, &str, Codec)] = &[("xc1", "", Codec::Xc1), ("age1", "", Codec::Age1)];
pub(super) const SUITES: &[(&str, &str, Suite)] = &[("classic", "", Suite::Classic), ("pq", "", Suite::Pq)];

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
    /// How many documents are now encrypted under it.
    #[serde(rename = "SealedDocuments", skip_serializing_if = "Option::is_none")]
    pub(super) sealed: Option<usize>,
    /// Whether the command has changed it.
    #[serde(skip)]
    is_changed: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct VersionView {
    version: u64,
    state: &'static str,
    created_date: Date,
    reason: String,
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
            codec: word_of(CODECS, &key.codec),
            suite: word_of(SUITES, &key.suite),
            state: match key.state {
                KeyState::Enabled => None,
                KeyState::Disabled => Some("disabled"),
                KeyState::Deleting(_) if key.is_destroyed() => Some("destroyed"),
                KeyState::Deleting(_) => Some("deleting"),
            },
            deletion_date: if let KeyState::Deleting(after) = key.state { Some(after.into()) } else { None },
            versions: Vec::new(),
            sealed: None,
            is_changed: false,
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
            version: number,
            state: match version.state {
                VersionState::Enabled => "enabled",
                VersionState::Tainted => "tainted",
                VersionState::Destroyed => "destroyed",
            },
            created_date: version.created.into(),
            reason: version.taint.clone(),
        });
        self.versions = view.collect();
        Ok(self)
    }

    /// The end of a command that has changed it.
    pub(super) fn conclude(self, vault: Session, context: &mut Context) -> CliResult<Vault<'static>> {
        let vault = vault.finish(context);
        context.ui.report(&KeyView { is_changed: true, ..self })?;
        Ok(vault)
    }
}

impl Report for KeyView {
    fn text(&self, page: &mut Page) {
        use Meaning::{Dim, Plain, Version};
        if self.is_changed && page.is_of_dry_run() {
            page.line("nothing was written; the result would be:");
        }
        let mut fields = vec![
            ("key", Meaning::Name, self.name.clone()),
            ("version", Meaning::Version, self.version.to_string()),
            ("governs", Meaning::Plain, self.scopes.join(", ")),
            ("readers", Meaning::Plain, self.readers.join(", ")),
        ];
        if self.state.is_some() {
            fields.push(("state", Meaning::Warning, self.standing()));
        }
        if (self.codec, self.suite) != ("xc1", "classic") || !self.versions.is_empty() {
            let sealed = format!("{}, {}", self.codec, self.suite);
            fields.push(("codec, suite", Meaning::Plain, sealed));
        }
        if !self.description.is_empty() {
            fields.push(("about", Meaning::Plain, self.description.clone()));
        }
        page.fields(fields);
        if let Some(sealed) = self.sealed.filter(|sealed| *sealed > 0) {
            page.line(format!("{} encrypted under it", Count::of(sealed, "document")));
        }
        let mut table = Table::new([("VERSION", Version), ("STATE", Plain), ("CREATED", Dim), ("REASON", Dim)]);
        for VersionView { version, state, created_date, reason } in &self.versions {
            table.row([version.to_string().as_str(), state, &page.age(*created_date), &dated(reason, page)]);
        }
        page.table(&table);
    }
}
