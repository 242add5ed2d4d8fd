//! `vault rotate hooks list`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::report::digest;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::report::refused;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::table::Table;
use crate::engine::{Checked, Error, Vault};
use crate::hook::{ApprovalError, Candidate, Template};
use crate::machine::Function;
use crate::model::hook::HookName;
use crate::model::secret::Secret;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListReport {
    hooks: Vec<Line>,
    /// What clients of the server may name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    functions: Vec<FunctionLine>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FunctionLine {
    function: String,
    hook: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    admin: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    options: BTreeMap<String, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Line {
    hook: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    secrets: Vec<String>,
}

/// A hook that exists or that a secret names.
struct Known {
    hook: HookName,
    secrets: Vec<String>,
}

pub(super) fn run(context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let Checked { found: secrets, refused } = vault.secrets()?;
    let functions = Function::all(vault.state()).map_err(Error::from)?;
    let hooks = hooks(&vault, secrets, &functions)?;
    vault.finish(context);
    if hooks.is_empty() {
        context.ui.note("there are no hooks yet: `vault rotate hooks new rotate.sh` creates a commented one");
    }
    let templates = Template::ALL.map(|template| template.name).join(", ");
    context.ui.note(format!("ready-made ones for `vault rotate hooks new FILE --template NAME`: {templates}"));
    let functions = functions.into_iter().map(FunctionLine::from).collect();
    context.ui.report(&ListReport { hooks, functions })?;
    refused::outcome(refused)
}

/// What is in `hooks/`, and what secrets name. The file of a rotation function is listed as that alone.
fn hooks(vault: &Vault<'_>, secrets: Vec<Secret>, functions: &[Function]) -> CliResult<Vec<Line>> {
    let mut found: BTreeMap<String, Known> = BTreeMap::new();
    for hook in vault.hook_files()? {
        found.insert(hook.to_string(), Known { hook, secrets: Vec::new() });
    }
    for secret in secrets {
        let Some(hook) = secret.rotation.as_ref().and_then(|rotation| Some(&rotation.terms()?.hook)) else { continue };
        let new = || Known { hook: hook.clone(), secrets: Vec::new() };
        let entry = found.entry(hook.to_string()).or_insert_with(new);
        entry.secrets.push(secret.name.to_string());
    }
    let lambdas = functions.iter().map(|function| &function.hook).filter(|hook| matches!(hook, HookName::Lambda(_)));
    for hook in lambdas {
        found.entry(hook.to_string()).or_insert_with(|| Known { hook: hook.clone(), secrets: Vec::new() });
    }
    let is_function = |file: &str| found.contains_key(&HookName::Lambda(file.to_owned()).to_string());
    let files: Vec<String> = found.keys().filter(|file| is_function(file)).cloned().collect();
    found.retain(|name, known| !known.secrets.is_empty() || !files.contains(name));
    found.into_iter().map(|(name, known)| line(vault, name, known)).collect()
}

fn line(vault: &Vault<'_>, name: String, known: Known) -> CliResult<Line> {
    let Known { hook, secrets } = known;
    let candidate = match Candidate::of(vault.path(), &hook) {
        Ok(candidate) => candidate,
        Err(ApprovalError::Absent(_)) => return Ok(Line { hook: name, state: "missing", digest: None, secrets }),
        Err(error) => return Err(error.into()),
    };
    let Some(candidate) = candidate else {
        return Ok(Line { hook: name, state: "comes with vault", digest: None, secrets });
    };
    let state = match candidate.require_approval(vault.state()) {
        Ok(()) => "approved",
        Err(ApprovalError::NotApproved { changed: true, .. }) => "changed since approval",
        Err(ApprovalError::NotApproved { .. }) => "not approved",
        Err(error) => return Err(error.into()),
    };
    Ok(Line { hook: name, state, digest: Some(digest(&candidate.digest)), secrets })
}

impl From<Function> for FunctionLine {
    fn from(function: Function) -> Self {
        let Function { name, hook, admin, options } = function;
        FunctionLine { function: name, hook: hook.to_string(), admin: admin.map(|admin| admin.to_string()), options }
    }
}

impl Report for ListReport {
    fn text(&self, page: &mut Page) {
        let columns = [("HOOK", Meaning::Name), ("ON THIS MACHINE", Meaning::Plain), ("SECRETS", Meaning::Plain)];
        let mut table = Table::new(columns);
        for line in &self.hooks {
            table.row([line.hook.as_str(), line.state, &line.secrets.join(", ")]);
        }
        page.table(&table);
        if !self.functions.is_empty() {
            let columns = [("FUNCTION", Meaning::Name), ("HOOK", Meaning::Plain), ("ADMINISTRATOR", Meaning::Plain)];
            let mut table = Table::new(columns);
            for line in &self.functions {
                table.row([line.function.as_str(), &line.hook, line.admin.as_deref().unwrap_or_default()]);
            }
            page.line("");
            page.table(&table);
        }
    }
}
