//! `vault param edit --path`: all parameters below a path as one document in the user's editor.

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::git::unsealed::require_type_kept;
use crate::cli::input::edit;
use crate::cli::input::value_input::check;
use crate::cli::report::count::Count;
use crate::cli::session::Session;
use crate::cli::terminal::editor::Edited;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::prompt::Question;
use crate::cli::terminal::table::Table;
use crate::engine::{Deletion, Error, Put, Vault};
use crate::inject::document::{self, DocumentError};
use crate::model::name::{ParameterName, ParameterPath};
use crate::model::parameter::{Overwrite, Parameter, ParameterType, PutRequest, TierRequest};
use crate::model::value::SecretValue;
use crate::model::value_form::ValueForm;
use crate::store::files::Reach;

/// Which questions about many parameters are answered already.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Sure {
    /// With a path: store what was changed and added without asking
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// With a path: delete parameters whose lines were removed
    #[arg(long)]
    pub(crate) delete: bool,
}

/// A parameter as it was opened.
struct Opened {
    parameter: Parameter,
    /// Its name below the path.
    name: String,
    number: u64,
    value: SecretValue,
}

/// What the edited document means.
#[derive(Default)]
struct Plan {
    rows: Vec<Row>,
    puts: Vec<Put>,
    deletions: Vec<Deletion>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    name: String,
    /// `change`, `add` or `remove`.
    action: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct EditReport<'p> {
    plan: &'p [Row],
    dry_run: bool,
}

/// Opens them all, and stores what was changed.
pub(crate) fn edit_path(
    path: &ParameterPath,
    allow_disk: bool,
    sure: Sure,
    vault: Session,
    context: &mut Context,
) -> CliResult<()> {
    let opened = open(path, &vault, context)?;
    let mut text = written(path, &opened)?;
    let mut is_edited = false;
    loop {
        if let Edited::Changed(changed) = edit::edit_document(&text, allow_disk)? {
            (text, is_edited) = (changed, true);
        }
        if !is_edited {
            break;
        }
        match attempt(path, &opened, &text, sure, &vault, context) {
            Ok(true) => {
                vault.finish(context);
                return Ok(());
            }
            Ok(false) => break,
            Err(error @ (CliError::Declined(_) | CliError::Prompt(_))) => return Err(error),
            Err(error) => again(error, context)?,
        }
    }
    vault.finish(context);
    context.ui.note("not changed, so nothing was stored");
    Ok(())
}

/// Offers the editor once more, with what was typed. Where nobody can answer, the error stands.
fn again(error: CliError, context: &mut Context) -> CliResult<()> {
    let question = Question { text: "Edit again?", what: "an answer", flag: "a valid document" };
    if context.prompter.terminal(question).is_err() {
        return Err(error);
    }
    context.ui.warning(error.with_hints());
    if context.prompter.confirm(question, Some(true))? { Ok(()) } else { Err(error) }
}

fn open(path: &ParameterPath, vault: &Vault<'_>, context: &Context) -> CliResult<Vec<Opened>> {
    vault.will_open_values();
    let mut opened = Vec::new();
    for parameter in vault.parameters_below(path, Reach::Descendants, context.now)?.whole()? {
        let Some(latest) = parameter.latest() else { continue };
        let (number, value) = (latest.number, vault.reveal(&parameter, latest)?);
        let name = parameter.name.below(path).unwrap_or_default().to_owned();
        opened.push(Opened { parameter, name, number, value });
    }
    Ok(opened)
}

fn written(path: &ParameterPath, opened: &[Opened]) -> CliResult<SecretValue> {
    let comment = format!(
        "Parameters below {path}, as YAML. Change values, or add lines for new parameters.\n\
         Nothing is stored before the plan is shown and confirmed. A removed line deletes nothing unless you confirm that too.",
    );
    let mut values = Vec::with_capacity(opened.len());
    for one in opened {
        let text = one.value.reveal_text().ok_or(CliError::Engine(Error::Internal("a parameter is not text")))?;
        values.push((one.name.as_str(), text));
    }
    Ok(SecretValue::of_text(document::write(&comment, values)))
}

/// Stores what was edited, after the questions. Whether there was anything.
fn attempt(
    path: &ParameterPath,
    opened: &[Opened],
    text: &SecretValue,
    sure: Sure,
    vault: &Vault<'_>,
    context: &mut Context,
) -> CliResult<bool> {
    let mut plan = plan(path, opened, text, vault)?;
    if plan.rows.is_empty() {
        return Ok(false);
    }
    context.ui.report(&EditReport { plan: &plan.rows, dry_run: context.global.dry_run })?;
    confirm(&mut plan, sure, context)?;
    vault.put_and_delete(&plan.puts, &plan.deletions, context.now)?;
    let (stored, deleted) = (Count::of(plan.puts.len(), "value"), Count::of(plan.deletions.len(), "parameter"));
    let would = if context.global.dry_run { "would be " } else { "" };
    match (plan.puts.len(), plan.deletions.len()) {
        (_, 0) => context.ui.note(format!("{stored} {would}stored")),
        (0, _) => context.ui.note(format!("{deleted} {would}deleted")),
        _ => context.ui.note(format!("{stored} {would}stored, {deleted} {would}deleted")),
    }
    Ok(true)
}

fn plan(path: &ParameterPath, opened: &[Opened], text: &SecretValue, vault: &Vault<'_>) -> CliResult<Plan> {
    let text = text.reveal_text().ok_or_else(|| wrong(&"it is not UTF-8 text"))?;
    let edited = document::values(text).map_err(|error: DocumentError| wrong(&error))?;
    let is_kept = |one: &Opened| edited.iter().any(|(name, _)| *name == one.name);
    let mut plan = Plan::default();
    for one in opened.iter().filter(|one| !is_kept(one)) {
        plan.rows.push(Row { name: one.parameter.name.to_string(), action: "remove" });
        plan.deletions.push(Deletion { name: one.parameter.name.clone(), version: one.number });
    }
    for (name, value) in edited {
        let known = opened.iter().find(|one| one.name == name);
        if known.is_some_and(|known| known.value.reveal() == value.reveal()) {
            continue;
        }
        check(value.reveal(), ValueForm::Text).map_err(|error| wrong(&format!("`{name}`: {error}")))?;
        let (action, name, request) = match known {
            Some(known) => {
                require_type_kept(vault, &known.parameter)?;
                let request = PutRequest { overwrite: Overwrite::Replace, ..PutRequest::default() };
                ("change", known.parameter.name.clone(), PutRequest { expected_version: Some(known.number), ..request })
            }
            None => ("add", full(path, &name)?, new()),
        };
        plan.rows.push(Row { name: name.to_string(), action });
        plan.puts.push(Put { name, value, request });
    }
    plan.rows.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(plan)
}

fn full(path: &ParameterPath, name: &str) -> CliResult<ParameterName> {
    let full = format!("{}/{name}", path.as_str().trim_end_matches('/'));
    full.parse().map_err(|error| wrong(&format!("`{name}`: {error}")))
}

fn new() -> PutRequest {
    let (kind, tier) = (Some(ParameterType::SecureString), Some(TierRequest::Intelligent));
    PutRequest { kind, tier, expected_version: Some(0), ..PutRequest::default() }
}

fn wrong(error: &dyn std::fmt::Display) -> CliError {
    CliError::usage(format!("the edited document: {error}"), "nothing was stored")
}

/// One question for what is stored, and another one for what is deleted.
fn confirm(plan: &mut Plan, sure: Sure, context: &mut Context) -> CliResult<()> {
    if context.global.dry_run {
        return Ok(());
    }
    if !sure.yes && !plan.puts.is_empty() {
        let text = format!("Store {}?", Count::of(plan.puts.len(), "value"));
        context.confirm(Question::confirmation(&text), "nothing was stored")?;
    }
    if sure.delete || plan.deletions.is_empty() {
        return Ok(());
    }
    let text = format!("Delete {} with all versions?", Count::of(plan.deletions.len(), "removed parameter"));
    let question = Question { text: &text, what: "a confirmation", flag: "`--delete`" };
    if sure.yes || !context.prompter.confirm(question, Some(false))? {
        context.ui.note("removed lines were kept; `--delete` deletes them");
        plan.deletions.clear();
    }
    Ok(())
}

impl Report for EditReport<'_> {
    fn text(&self, page: &mut Page) {
        let mut table = Table::new(vec![("ACTION", Meaning::Plain), ("NAME", Meaning::Name)]);
        for row in self.plan {
            table.row([row.action, &row.name]);
        }
        page.table(&table);
    }
}
