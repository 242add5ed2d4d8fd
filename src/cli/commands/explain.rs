//! `vault explain`: where a variable's value comes from.

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::input::sources::{self, SourceArgs};
use crate::cli::terminal::{Meaning, Page, Report};
use crate::inject::environment::{Injected, merged};
use crate::inject::variable::Variable;

/// Explain where a variable's value comes from
#[derive(Debug, Args)]
#[command(
    long_about = format!("Show which source, name, version and rule a variable's value comes from, and what it \
        overrides. The value is not shown.\n\n\
        {}", sources::ABOUT),
    after_help = "Examples:\n  \
        vault explain DB_PASSWORD /app/common /app/prod\n  \
        vault explain DB_PASSWORD --map buildspec.yml --json"
)]
pub(crate) struct ExplainArgs {
    /// The variable
    variable: Variable,
    #[command(flatten)]
    sources: SourceArgs,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ExplainReport {
    variable: String,
    #[serde(flatten)]
    given: GivenView,
    overrides: Vec<GivenView>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GivenView {
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    version: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    selected_by: String,
    source: String,
    rule: &'static str,
}

pub(crate) fn run(args: &ExplainArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let mut sources = args.sources.gather(&vault, context)?;
    vault.finish(context);
    let of_variable = |source: &mut Vec<Injected>| source.retain(|given| given.variable == args.variable);
    let names: Vec<String> = sources.iter().flatten().map(|given| given.variable.to_string()).collect();
    sources.iter_mut().for_each(of_variable);
    let mut views: Vec<GivenView> = sources.iter().flatten().map(GivenView::new).collect();
    // Two names of one source for one variable are the error that `exec` makes of it.
    merged(sources)?;
    let Some(given) = views.pop() else {
        let near = crate::model::suggestion::nearest(args.variable.as_str(), names.iter().map(String::as_str), 3);
        return Err(CliError::NoVariable { variable: args.variable.to_string(), near });
    };
    views.reverse();
    Ok(context.ui.report(&ExplainReport { variable: args.variable.to_string(), given, overrides: views })?)
}

impl GivenView {
    fn new(given: &Injected) -> Self {
        GivenView {
            name: given.source.clone(),
            version: given.provenance.version.clone(),
            selected_by: given.provenance.selected_by.clone(),
            source: given.provenance.argument.clone(),
            rule: given.provenance.rule,
        }
    }
}

impl Report for ExplainReport {
    fn text(&self, page: &mut Page) {
        let given = &self.given;
        let mut fields = vec![
            ("Variable", Meaning::Name, self.variable.clone()),
            ("Name", Meaning::Name, given.name.clone()),
            ("Version", Meaning::Plain, given.version.clone()),
            ("Selected by", Meaning::Plain, given.selected_by.clone()),
            ("Source", Meaning::Plain, given.source.clone()),
            ("Rule", Meaning::Plain, given.rule.to_owned()),
        ];
        fields.extend(self.overrides.iter().map(|other| {
            ("Wins over", Meaning::Plain, format!("{} (version {}, from {})", other.name, other.version, other.source))
        }));
        fields.retain(|(_, _, text)| !text.is_empty());
        page.fields(fields);
    }
}
