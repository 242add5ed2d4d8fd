//! What a command says that has stored a value.

use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::palette::Meaning;
use crate::cli::report::{Page, Report};
use crate::engine::Stored;
use crate::model::name::SecretName;

/// The answer of create, put, update and edit.
#[derive(Serialize)]
pub(super) struct StoredReport {
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "VersionId", skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(rename = "VersionStages", skip_serializing_if = "Vec::is_empty")]
    stages: Vec<String>,
    #[serde(rename = "KmsKeyId", skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(rename = "DryRun", skip_serializing_if = "std::ops::Not::not")]
    dry_run: bool,
    #[serde(skip)]
    done: &'static str,
}

/// Reports what was stored; `done` is the word for it, such as "created".
pub(super) fn report(
    name: &SecretName,
    stored: Option<&Stored>,
    done: &'static str,
    context: &mut Context,
) -> CliResult<()> {
    if stored.is_some_and(|stored| stored.repeated) {
        context.ui.note("this token has stored this value before; nothing was changed");
    }
    let stages = stored.map(|stored| stored.stages.iter().map(ToString::to_string).collect());
    let report = StoredReport {
        name: name.to_string(),
        version: stored.and_then(|stored| stored.version.as_ref()).map(ToString::to_string),
        stages: stages.unwrap_or_default(),
        key: stored.and_then(|stored| stored.key.as_ref()).map(ToString::to_string),
        dry_run: context.global.dry_run,
        done,
    };
    Ok(context.ui.report(&report)?)
}

impl Report for StoredReport {
    fn text(&self, page: &mut Page) {
        let would = if self.dry_run { "would be " } else { "" };
        let name = page.paint(Meaning::Name, &self.name);
        let Some(version) = &self.version else {
            page.line(format!("{name} {would}{}", self.done));
            return;
        };
        let version = page.paint(Meaning::Version, version);
        let stages = page.paint(Meaning::Label, &self.stages.join(" "));
        let staged = if self.stages.is_empty() { String::new() } else { format!(", staged {stages}") };
        let key = self.key.as_ref().map(|key| page.paint(Meaning::Plain, key));
        let under = key.map(|key| format!(", under key {key}")).unwrap_or_default();
        page.line(format!("{name} {would}{}: version {version}{staged}{under}", self.done));
    }
}
