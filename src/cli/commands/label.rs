//! `vault label`: names that point at versions of a parameter.

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::aws::labels::{LabelParameterVersion, UnlabelParameterVersion};
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::terminal::{Meaning, Page, Report, Table};
use crate::engine::Error;
use crate::model::name::ParameterName;
use crate::model::parameter::{Label, ParameterError, ParameterRef, Selector};

/// Manage labels: names for versions of a parameter.
#[derive(Debug, Subcommand)]
pub(crate) enum LabelCommand {
    /// Add labels to a version, by default the newest one
    #[command(after_help = "Examples:\n  \
        vault label add /app/prod/db/password current\n  \
        vault label add /app/prod/db/password:3 stable reviewed")]
    Add(AddArgs),
    /// Move a label to another version: an instant rollback
    #[command(after_help = "Example:\n  vault label move /app/prod/db/password current --to 4")]
    Move(MoveArgs),
    /// Remove labels
    #[command(after_help = "Examples:\n  \
        vault label rm /app/prod/db/password stable\n  \
        vault label rm /app/prod/db/password:3 stable     only if it is on version 3")]
    Rm(RmArgs),
    /// List labels and their versions
    #[command(visible_alias = "list")]
    Ls(LsArgs),
}

/// Add labels to a version
#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    /// NAME or NAME:VERSION
    #[arg(value_name = "NAME[:VERSION]")]
    name: ParameterRef,
    /// Labels; a label on another version is moved
    #[arg(required = true, value_name = "LABEL")]
    labels: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct MoveArgs {
    /// Name of the parameter
    name: ParameterName,
    /// The label
    label: Label,
    /// Version to move it to
    #[arg(long, value_name = "VERSION", value_parser = version_number)]
    to: u64,
}

/// Remove labels
#[derive(Debug, Args)]
pub(crate) struct RmArgs {
    /// NAME, or NAME:VERSION
    #[arg(value_name = "NAME[:VERSION]")]
    name: ParameterRef,
    /// Labels
    #[arg(required = true, value_name = "LABEL")]
    labels: Vec<String>,
}

/// List labels
#[derive(Debug, Args)]
pub(crate) struct LsArgs {
    /// Name of the parameter
    name: ParameterName,
}

#[derive(Serialize)]
struct AddReport {
    #[serde(flatten)]
    labelled: LabelParameterVersion,
    #[serde(skip)]
    lines: Vec<(String, u64, Option<u64>)>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LsReport {
    name: String,
    labels: Vec<Pointer>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Pointer {
    label: String,
    parameter_version: u64,
}

fn version_number(text: &str) -> Result<u64, &'static str> {
    text.parse().map_err(|_| "must be a version number")
}

pub(crate) fn run(command: &LabelCommand, context: &mut Context) -> CliResult<()> {
    match command {
        LabelCommand::Add(args) => add(args, context),
        LabelCommand::Move(args) => move_label(args, context),
        LabelCommand::Rm(args) => rm(args, context),
        LabelCommand::Ls(args) => ls(args, context),
    }
}

/// Valid labels are applied even if others are invalid; those are reported and determine the exit code.
fn add(args: &AddArgs, context: &mut Context) -> CliResult<()> {
    let number = number(&args.name)?;
    let vault = context.open_vault()?;
    let done = vault.label(&args.name.name, number, &args.labels, context.now)?;
    vault.finish(context);
    let from = |label: &Label| done.moved.iter().find(|(moved, _)| moved == label).map(|(_, from)| *from);
    let report = AddReport {
        labelled: LabelParameterVersion { applied_labels: Some(texts(&done.applied)), ..(&done).into() },
        lines: done.applied.iter().map(|label| (label.to_string(), done.version, from(label))).collect(),
    };
    context.ui.report(&report)?;
    if done.invalid.is_empty() {
        return Ok(());
    }
    Err(broken(&args.name.name, ParameterError::LabelInvalid(done.invalid.join(", "))))
}

fn move_label(args: &MoveArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let from = vault.move_label(&args.name, &args.label, args.to, context.now)?;
    vault.finish(context);
    let report = AddReport {
        labelled: LabelParameterVersion {
            parameter_version: args.to,
            applied_labels: Some(vec![args.label.to_string()]),
            invalid_labels: Vec::new(),
        },
        lines: vec![(args.label.to_string(), args.to, from)],
    };
    Ok(context.ui.report(&report)?)
}

fn rm(args: &RmArgs, context: &mut Context) -> CliResult<()> {
    let number = number(&args.name)?;
    let vault = context.open_vault()?;
    let done = vault.unlabel(&args.name.name, number, &args.labels, context.now)?;
    vault.finish(context);
    context.ui.report(&UnlabelParameterVersion::from(&done))?;
    if done.invalid.is_empty() {
        return Ok(());
    }
    let missing = ParameterError::LabelNotFound { label: done.invalid.join(", "), version: number };
    Err(broken(&args.name.name, missing))
}

fn ls(args: &LsArgs, context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let parameter = vault.parameter(&args.name, context.now)?;
    vault.finish(context);
    let pointers = parameter.versions.iter().flat_map(|version| {
        version.labels.iter().map(|label| Pointer { label: label.to_string(), parameter_version: version.number })
    });
    let mut labels: Vec<Pointer> = pointers.collect();
    labels.sort_by(|a, b| a.label.cmp(&b.label));
    if labels.is_empty() {
        context.ui.note(format!("no version of `{}` has a label", parameter.name));
    }
    Ok(context.ui.report(&LsReport { name: parameter.name.to_string(), labels })?)
}

fn texts(labels: &[Label]) -> Vec<String> {
    labels.iter().map(ToString::to_string).collect()
}

fn number(name: &ParameterRef) -> CliResult<Option<u64>> {
    match &name.selector {
        Selector::Latest => Ok(None),
        Selector::Version(number) => Ok(Some(*number)),
        Selector::Label(label) => Err(CliError::usage(
            format!("`{label}` is a label, but a version number is needed"),
            format!("give the version: `{}:3`, or move the label with `vault label move`", name.name),
        )),
    }
}

fn broken(name: &ParameterName, error: ParameterError) -> CliError {
    CliError::Engine(Error::Parameter { name: name.to_string(), error })
}

impl Report for AddReport {
    fn text(&self, page: &mut Page) {
        for (label, version, from) in &self.lines {
            let label = page.paint(Meaning::Label, label);
            let version = page.paint(Meaning::Version, &version.to_string());
            let from = from.map(|from| format!(", was on version {from}")).unwrap_or_default();
            let goes_to = if page.is_of_dry_run() { "would go to" } else { "→" };
            page.line(format!("{label} {goes_to} version {version}{from}"));
        }
    }
}

impl Report for UnlabelParameterVersion {
    fn text(&self, page: &mut Page) {
        for label in &self.removed_labels {
            let label = page.paint(Meaning::Label, label);
            page.line(format!("{label} {}", page.done("removed")));
        }
    }
}

impl Report for LsReport {
    fn text(&self, page: &mut Page) {
        let mut table = Table::new([("LABEL", Meaning::Label), ("VERSION", Meaning::Version)]);
        for pointer in &self.labels {
            table.row([pointer.label.clone(), pointer.parameter_version.to_string()]);
        }
        page.table(&table);
    }
}
