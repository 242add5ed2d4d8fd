//! What a command says that has stopped a rotation.

use serde::Serialize;

use crate::aws::rotate_secret::RotateSecret;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::model::name::SecretName;
use crate::model::secret::VersionId;

#[derive(Serialize)]
struct StopReport {
    #[serde(flatten)]
    stopped: RotateSecret,
    #[serde(skip)]
    verb: &'static str,
    #[serde(skip)]
    left: &'static str,
}

pub(super) fn report(
    name: &SecretName,
    version: Option<&VersionId>,
    verb: &'static str,
    left: &'static str,
    context: &mut Context,
) -> CliResult<()> {
    let stopped = RotateSecret::of(name, version);
    Ok(context.ui.report(&StopReport { stopped, verb, left })?)
}

impl Report for StopReport {
    fn text(&self, page: &mut Page) {
        page.line(format!("rotation of {} {}", page.paint(Meaning::Name, &self.stopped.name), page.done(self.verb)));
        if let Some(version) = &self.stopped.version_id {
            page.line(format!("version {}: {}", page.paint(Meaning::Version, version), self.left));
        }
    }
}
