//! `vault secret show`: everything about a secret but its value.

use clap::Args;
use serde::Serialize;

use super::view::SecretView;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::palette::Meaning;
use crate::cli::report::{Page, Report};
use crate::model::name::SecretName;
use crate::model::secret::Secret;

/// Show everything about a secret but its value
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  vault secret show prod/db\n  vault secret show prod/db --json")]
pub(in crate::cli) struct ShowArgs {
    /// Name of the secret
    #[arg(add = crate::cli::completions::secret_names())]
    name: SecretName,
}

#[derive(Serialize)]
#[serde(transparent)]
struct ShowReport(SecretView);

pub(super) fn run(args: &ShowArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let secret = vault.secret(&args.name)?;
    // Which key a first value would get is worth knowing, not worth failing for.
    let governing = vault.governing_key::<Secret>(&args.name).ok().map(|key| key.to_string());
    context.finish(&vault);
    context.ui.report(&ShowReport(SecretView::new(&secret, governing)))?;
    Ok(())
}

impl Report for ShowReport {
    fn text(&self, page: &mut Page) {
        let view = &self.0;
        let tags: Vec<String> = view.tags.iter().map(|tag| format!("{}={}", tag.key, tag.value)).collect();
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        let mut fields = vec![
            ("name", Meaning::Name, view.name.clone()),
            ("description", Meaning::Plain, view.description.clone()),
            ("created", Meaning::Plain, text(&view.created)),
            ("changed", Meaning::Plain, format!("{} by {}", view.changed, view.by)),
            ("key", Meaning::Plain, text(&view.key)),
            ("tags", Meaning::Plain, tags.join(" ")),
            ("rotation", Meaning::Plain, rotation(view)),
            ("rotated", Meaning::Plain, text(&view.last_rotated)),
            ("next", Meaning::Plain, text(&view.next_rotation)),
            ("unfinished", Meaning::Warning, unfinished(view)),
            ("deletion", Meaning::Warning, view.deleted.as_ref().map(|due| format!("after {due}")).unwrap_or_default()),
        ];
        for (version, stages) in view.stages.iter().flatten() {
            fields.push(("version", Meaning::Version, format!("{version} {}", stages.join(" "))));
        }
        page.fields(fields.into_iter().filter(|(.., text)| !text.is_empty()));
    }
}

fn rotation(view: &SecretView) -> String {
    let Some(hook) = &view.hook else { return String::new() };
    let rules = view.rules.as_ref().map(|rules| match &rules.window {
        Some(window) => format!(", {} within {window}", rules.schedule),
        None => format!(", {}", rules.schedule),
    });
    let off = if view.rotation_enabled == Some(false) { ", cancelled" } else { "" };
    format!("{hook}{}{off}", rules.unwrap_or_else(|| ", only when told".into()))
}

fn unfinished(view: &SecretView) -> String {
    let Some(run) = &view.run else { return String::new() };
    let error = if run.error.is_empty() { String::new() } else { format!(": {}", run.error) };
    format!("attempt {} at {} on {}{error}", run.attempt, run.step, run.tried)
}
