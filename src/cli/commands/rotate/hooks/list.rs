//! `vault rotate hooks list`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cli::commands::rotate::digest::Digest;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::report::refused;
use crate::cli::terminal::page::{Page, Report};
use crate::cli::terminal::palette::Meaning;
use crate::cli::terminal::table::Table;
use crate::engine::{Checked, Vault};
use crate::hook::{ApprovalError, Candidate, Template};
use crate::machine::{Function, State};
use crate::model::hook::HookName;
use crate::model::name::SecretName;
use crate::model::secret::{Rotation, Secret};

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
    digest: Option<Digest>,
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
    let functions = Function::all(vault.state())?;
    let hooks = hooks(&vault, secrets, &functions)?;
    vault.finish(context);
    if hooks.is_empty() {
        context.ui.note("there are no hooks yet: `vault rotate hooks new rotate.sh` creates a commented one");
    }
    let templates = Template::ALL.map(|template| template.name).join(", ");
    context.ui.note(format!("ready-made ones for `vault rotate hooks new FILE --template NAME`: {templates}"));
    let line = |Function { name, hook, admin, options }| FunctionLine {
        function: name,
        hook: hook.to_string(),
        admin: admin.map(|admin: SecretName| admin.to_string()),
        options,
    };
    let functions = functions.into_iter().map(line).collect();
    context.ui.report(&ListReport { hooks, functions })?;
    refused::outcome(refused)
}

/// What is in `hooks/`, and what secrets name. The file of a rotation function is listed as that alone.
fn hooks(vault: &Vault<'_>, secrets: Vec<Secret>, functions: &[Function]) -> CliResult<Vec<Line>> {
    let mut found = BTreeMap::new();
    for hook in vault.hook_files()? {
        known(&mut found, &hook);
    }
    for secret in secrets {
        if let Some(terms) = secret.rotation.as_ref().and_then(Rotation::terms) {
            known(&mut found, &terms.hook).secrets.push(secret.name.to_string());
        }
    }
    for function in functions.iter().filter(|function| matches!(function.hook, HookName::Lambda(_))) {
        known(&mut found, &function.hook);
    }
    let is_function = |file: &str| found.contains_key(&HookName::Lambda(file.to_owned()).to_string());
    let files: Vec<String> = found.keys().filter(|file| is_function(file)).cloned().collect();
    found.retain(|name, known| !known.secrets.is_empty() || !files.contains(name));
    found.into_iter().map(|(name, known)| line(vault, name, known)).collect()
}

fn known<'f>(found: &'f mut BTreeMap<String, Known>, hook: &HookName) -> &'f mut Known {
    found.entry(hook.to_string()).or_insert_with(|| Known { hook: hook.clone(), secrets: Vec::new() })
}

fn line(vault: &Vault<'_>, name: String, known: Known) -> CliResult<Line> {
    let (state, digest) = match Candidate::of(vault.path(), &known.hook) {
        Err(ApprovalError::Absent(_)) => ("missing", None),
        Err(error) => return Err(error.into()),
        Ok(None) => ("comes with vault", None),
        Ok(Some(candidate)) => (approval(&candidate, vault.state())?, Some(Digest(candidate.digest))),
    };
    Ok(Line { hook: name, state, digest, secrets: known.secrets })
}

fn approval(candidate: &Candidate, state: &State) -> Result<&'static str, ApprovalError> {
    match candidate.require_approval(state) {
        Ok(()) => Ok("approved"),
        Err(ApprovalError::NotApproved { changed: true, .. }) => Ok("changed since approval"),
        Err(ApprovalError::NotApproved { .. }) => Ok("not approved"),
        Err(error) => Err(error),
    }
}

impl Report for ListReport {
    fn text(&self, page: &mut Page) {
        use Meaning::{Name, Plain};
        let mut table = Table::new([("HOOK", Name), ("ON THIS MACHINE", Plain), ("SECRETS", Plain)]);
        for line in &self.hooks {
            table.row([line.hook.as_str(), line.state, &line.secrets.join(", ")]);
        }
        page.table(&table);
        if !self.functions.is_empty() {
            let mut table = Table::new([("FUNCTION", Name), ("HOOK", Plain), ("ADMINISTRATOR", Plain)]);
            for line in &self.functions {
                table.row([line.function.as_str(), &line.hook, line.admin.as_deref().unwrap_or_default()]);
            }
            page.line("");
            page.table(&table);
        }
    }
}
