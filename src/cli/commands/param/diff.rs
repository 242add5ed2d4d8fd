//! `vault param diff`: two versions compared, values masked.

use clap::Args;
use serde::Serialize;
use subtle::ConstantTimeEq;

use super::view::select;
use crate::aws::parameter_history::ParameterHistory;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::report::date::Date;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::table::Table;
use crate::model::parameter::{Parameter, ParameterRef, Selector, Version};

/// Compare two versions of a parameter, values masked
#[derive(Debug, Args)]
#[command(
    long_about = "Compare two versions of a parameter. Values are not shown, only whether and by how much they differ.",
    after_help = "Examples:\n  \
        vault param diff /app/prod/db/password          the last two versions\n  \
        vault param diff /app/prod/db/password:3        version 3 and the last one\n  \
        vault param diff /app/prod/db/password:3 5      versions 3 and 5"
)]
pub(crate) struct DiffArgs {
    /// NAME, NAME:VERSION or NAME:LABEL
    #[arg(value_name = "NAME[:VERSION|:LABEL]")]
    from: ParameterRef,
    /// Version or label to compare with [default: the last version]
    #[arg(value_name = "VERSION|LABEL", value_parser = selector)]
    to: Option<Selector>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DiffReport {
    name: String,
    from: u64,
    to: u64,
    changes: Vec<Change>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Change {
    field: &'static str,
    from: String,
    to: String,
}

pub(super) fn run(args: &DiffArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let parameter = vault.parameter(&args.from.name, context.now)?;
    let to = select(&parameter, args.to.as_ref().unwrap_or(&Selector::Latest))?;
    let from = match &args.from.selector {
        // The first version has none before it, and is compared with itself.
        Selector::Latest => parameter.before(to).unwrap_or(to),
        selector => select(&parameter, selector)?,
    };
    let (old, new) = (vault.reveal(&parameter, from)?, vault.reveal(&parameter, to)?);
    vault.finish(context);
    let mut changes = settings(&parameter, from, to);
    if !bool::from(old.reveal().ct_eq(new.reveal())) {
        let size = |bytes: &[u8]| format!("{} characters", String::from_utf8_lossy(bytes).chars().count());
        changes.insert(0, Change { field: "value", from: size(old.reveal()), to: size(new.reveal()) });
    }
    let report = DiffReport { name: parameter.name.to_string(), from: from.number, to: to.number, changes };
    Ok(context.ui.report(&report)?)
}

fn selector(text: &str) -> Result<Selector, String> {
    let whole: ParameterRef = format!("/x:{text}").parse().map_err(|_| "neither a version nor a label".to_owned())?;
    Ok(whole.selector)
}

fn settings(parameter: &Parameter, from: &Version, to: &Version) -> Vec<Change> {
    let (from, to) = (ParameterHistory::of(parameter, from, None), ParameterHistory::of(parameter, to, None));
    let texts = |view: &ParameterHistory<Date>| {
        let policies: Vec<String> =
            view.policies.iter().map(|policy| serde_json::json!(policy.policy_text).to_string()).collect();
        [
            ("type", view.r#type.to_owned()),
            ("key", view.key_id.clone().unwrap_or_default()),
            ("tier", view.tier.to_owned()),
            ("data type", view.data_type.to_owned()),
            ("description", view.description.clone()),
            ("allowed pattern", view.allowed_pattern.clone()),
            ("policies", policies.join(" ")),
            ("labels", view.labels.join(" ")),
        ]
    };
    let pairs = texts(&from).into_iter().zip(texts(&to));
    pairs.filter(|(a, b)| a.1 != b.1).map(|((field, from), (_, to))| Change { field, from, to }).collect()
}

impl Report for DiffReport {
    fn text(&self, page: &mut Page) {
        page.line(format!("{} v{} → v{}", page.paint(Meaning::Name, &self.name), self.from, self.to));
        if self.changes.is_empty() {
            page.line("no difference");
            return;
        }
        let mut table = Table::new([("FIELD", Meaning::Plain), ("FROM", Meaning::Plain), ("TO", Meaning::Plain)]);
        for change in &self.changes {
            table.row([change.field, &change.from, &change.to]);
        }
        page.table(&table);
    }
}
