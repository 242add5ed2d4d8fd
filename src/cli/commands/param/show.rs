//! `vault param show`: everything about a parameter but its value.

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;

use super::view::{select, value_text};
use crate::aws::parameter_history::ParameterHistory;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::report::date::Date;
use crate::cli::session::Session;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::model::parameter::ParameterRef;
use crate::model::reference;

/// Show a parameter's metadata
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  vault param show /app/prod/db/password\n  vault param show /app/prod/db/password:2 --values"
)]
pub(crate) struct ShowArgs {
    /// NAME, NAME:VERSION or NAME:LABEL; also as an ARN
    #[arg(value_name = "NAME[:VERSION|:LABEL]", value_parser = reference::parameter)]
    pub(crate) name: ParameterRef,
    /// Show the value too
    #[arg(long)]
    pub(crate) values: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ShowReport {
    #[serde(flatten)]
    version: ParameterHistory<Date>,
    tags: BTreeMap<String, String>,
}

pub(super) fn run(args: &ShowArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    show(args, vault, context)
}

/// The same with an open vault.
pub(crate) fn show(args: &ShowArgs, vault: Session, context: &mut Context) -> CliResult<()> {
    let parameter = vault.parameter(&args.name.name, context.now)?;
    let version = select(&parameter, &args.name.selector)?;
    let value = if args.values { Some(vault.reveal(&parameter, version)?) } else { None };
    vault.finish(context);
    let version = ParameterHistory {
        name: args.name.name.to_string(),
        ..ParameterHistory::of(&parameter, version, value.map(Into::into))
    };
    Ok(context.ui.report(&ShowReport { version, tags: parameter.tags.clone() })?)
}

impl Report for ShowReport {
    fn text(&self, page: &mut Page) {
        use Meaning::{Label, Name, Plain, Version};
        let version = &self.version;
        let policies: Vec<&str> = version.policies.iter().map(|policy| policy.policy_text.as_str()).collect();
        let tags: Vec<String> = self.tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let fields = [
            ("name", Name, version.name.clone()),
            ("type", Plain, version.r#type.to_owned()),
            ("version", Version, version.version.to_string()),
            (
                "changed",
                Plain,
                format!("{} by {}", page.moment(version.last_modified_date), version.last_modified_user),
            ),
            ("tier", Plain, version.tier.to_owned()),
            ("data type", Plain, version.data_type.to_owned()),
            ("key", Plain, version.key_id.clone().unwrap_or_default()),
            ("labels", Label, version.labels.join(" ")),
            ("description", Plain, version.description.clone()),
            ("pattern", Plain, version.allowed_pattern.clone()),
            ("tags", Plain, tags.join(" ")),
            ("policies", Plain, policies.join(" ")),
            ("value", Plain, value_text(version).to_owned()),
        ];
        page.fields(fields.into_iter().filter(|(.., text)| !text.is_empty()));
    }

    fn shows_values(&self) -> bool {
        self.version.value.is_some()
    }
}
