//! The report of a command that has stored a value.

use serde::Serialize;

use crate::aws::put_secret_value::PutSecretValue;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::{Meaning, Page, Report};
use crate::engine::Stored;
use crate::model::name::SecretName;

/// The answer of create, put, update and edit.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StoredReport {
    #[serde(flatten)]
    put: PutSecretValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    kms_key_id: Option<String>,
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
        context.ui.note("this token has already stored this value; nothing was changed");
    }
    let report = StoredReport {
        put: PutSecretValue::of(name, stored),
        kms_key_id: stored.and_then(|stored| stored.key.as_ref()).map(ToString::to_string),
        done,
    };
    Ok(context.ui.report(&report)?)
}

impl Report for StoredReport {
    fn text(&self, page: &mut Page) {
        let (name, done) = (page.paint(Meaning::Name, &self.put.name), page.done(self.done));
        let Some(version) = &self.put.version_id else {
            page.line(format!("{name} {done}"));
            return;
        };
        let version = page.paint(Meaning::Version, version);
        let stages = page.paint(Meaning::Label, &self.put.version_stages.join(" "));
        let staged = if self.put.version_stages.is_empty() { String::new() } else { format!(", staged {stages}") };
        let key = self.kms_key_id.as_ref().map(|key| page.paint(Meaning::Plain, key));
        let under = key.map(|key| format!(", under key {key}")).unwrap_or_default();
        page.line(format!("{name} {done}: version {version}{staged}{under}"));
    }
}
