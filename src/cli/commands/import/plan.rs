//! The plan for each item: its name here, and whether it can be stored.

use std::collections::HashMap;

use super::ImportArgs;
use super::report::{Row, SECRET, is_of_vault};
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::input::value_input::{self, ValueInputError};
use crate::engine::{Error, Import, ImportedSecret, ImportedVersion, Masks, NewValue, Planned, Put, Vault};
use crate::inject::import::{Content, Item, ItemError, SecretContent, Source};
use crate::model::name::{NameError, ParameterName, SecretName};
use crate::model::parameter::{Overwrite, Parameter, ParameterError, ParameterType, PutRequest, TierRequest, Version};
use crate::model::secret::SecretError;
use crate::model::time::Timestamp;
use crate::model::value::SecretValue;
use crate::model::value_form::{ValueForm, ValueFormError};

pub(super) struct Plan {
    pub(super) rows: Vec<Row>,
    /// What can be stored, including what already exists.
    pub(super) imports: Vec<Import>,
    /// How many of them do not exist yet.
    pub(super) fresh: usize,
    /// Whether the source has nothing else.
    pub(super) is_whole: bool,
}

/// `--replace`.
pub(super) fn replacement(text: &str) -> Result<char, String> {
    match text {
        "." | "-" | "_" => Ok(text.chars().next().unwrap_or('_')),
        _ => Err("it must be `.`, `-` or `_`".into()),
    }
}

pub(super) fn shown(import: &Import) -> String {
    match import {
        Import::Parameter(puts) => puts.first().map(|put| format!("`{}`", put.name)).unwrap_or_default(),
        Import::Secret(secret) => format!("secret `{}`", secret.name),
    }
}

/// The source for `vault exec` that finds it.
pub(super) fn place_of(import: &Import) -> String {
    match import {
        Import::Parameter(puts) => {
            let name = puts.first().map(|put| put.name.rooted()).unwrap_or_default();
            name.rsplit_once('/').map(|(path, _)| path).filter(|path| !path.is_empty()).unwrap_or("/").to_owned()
        }
        Import::Secret(secret) => secret.name.to_string(),
    }
}

pub(super) fn make(args: &ImportArgs, source: Source, vault: &Vault<'_>, context: &mut Context) -> CliResult<Plan> {
    let has_all = source.warnings.is_empty() && !source.has_more;
    let mut plan = Plan { rows: Vec::new(), imports: Vec::new(), fresh: 0, is_whole: has_all };
    let (mut taken, mut left_out) = (HashMap::new(), 0);
    for (number, item) in source.items.into_iter().enumerate() {
        if args.skip_empty && is_empty(&item) {
            left_out += 1;
            continue;
        }
        let (mut row, original) = (args.row(&item), item.name.clone());
        // Two keys may become one name by `--lower` and `--replace`, and a key with a slash may be another one's level.
        let key = (row.kind == SECRET, row.name.trim_start_matches('/').to_owned());
        let clash = taken.insert(key, original).map(|first| refused(format!("`{first}` already has this name")));
        let planned = clash.map_or(Ok(()), Err).and_then(|()| args.import(item, &mut row, vault, context.now));
        match planned.and_then(|import| Ok((vault.plan_import(&import, context.now)?, import))) {
            Ok((planned, import)) => {
                row.decide(planned);
                plan.fresh += usize::from(planned != Planned::Unchanged);
                plan.imports.push(import);
            }
            Err(error) if is_of_vault(&error) => return Err(error),
            Err(error) => row.error = Some(why(&error)),
        }
        plan.rows.push(row);
        context.ui.progress("checked", number + 1);
    }
    context.ui.progress_done();
    plan.is_whole &= left_out == 0 && plan.rows.iter().all(|row| row.error.is_none());
    if left_out > 0 {
        context.ui.note(format!("{left_out} without a value skipped"));
    }
    Ok(plan)
}

fn refused(message: String) -> CliError {
    CliError::usage(message, "")
}

/// The reason, with the option that helps.
fn why(error: &CliError) -> String {
    let more = match error {
        CliError::Engine(Error::Name(NameError::Character { .. })) => "; `--replace _` replaces it with `_`",
        CliError::Input(ValueInputError::Form(ValueFormError::Empty)) => "; `--skip-empty` skips it",
        CliError::Engine(
            Error::Parameter { error: ParameterError::AlreadyExists, .. }
            | Error::Secret { error: SecretError::AlreadyExists, .. },
        ) => "; `--overwrite` adds to it",
        _ => "",
    };
    format!("{error}{more}")
}

fn is_empty(item: &Item) -> bool {
    match &item.content {
        Ok(Content::Value(value)) => value.reveal().is_empty(),
        Ok(_) => false,
        Err(error) => matches!(error, ItemError::Null | ItemError::EmptyMap),
    }
}

impl ImportArgs {
    /// The row of an item that is still undecided.
    fn row(&self, item: &Item) -> Row {
        let (kind, versions) = match &item.content {
            Ok(Content::Value(_)) => (self.kind.unwrap_or(ParameterType::SecureString).as_str(), 1),
            Ok(Content::Parameter(versions)) => {
                (versions.last().and_then(|(_, request)| request.kind).map_or("", |kind| kind.as_str()), versions.len())
            }
            Ok(Content::Secret(secret)) => (SECRET, secret.versions.len()),
            Err(_) => ("", 0),
        };
        Row::new(self.full_name(&item.name, kind == SECRET), kind, versions)
    }

    fn full_name(&self, name: &str, is_secret: bool) -> String {
        let lower = if self.lower { name.to_lowercase() } else { name.to_owned() };
        let fits = |c: char| {
            c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/') || is_secret && matches!(c, '+' | '=' | '@')
        };
        let name = match self.replace {
            Some(other) => lower.chars().map(|c| if fits(c) { c } else { other }).collect(),
            None => lower,
        };
        let Some(path) = self.path() else { return name };
        let path = path.as_str().trim_end_matches('/');
        // Names of secrets are not rooted.
        let path = if is_secret { path.trim_start_matches('/') } else { path };
        if path.is_empty() && is_secret {
            return name;
        }
        format!("{path}/{}", name.strip_prefix('/').unwrap_or(&name))
    }

    fn import(&self, item: Item, row: &mut Row, vault: &Vault<'_>, now: Timestamp) -> CliResult<Import> {
        match item.content.map_err(|error| refused(error.to_string()))? {
            Content::Value(value) => {
                let request = PutRequest { tier: Some(TierRequest::Intelligent), ..PutRequest::default() };
                self.typed(vec![(value, request)], row, vault, now)
            }
            Content::Parameter(versions) => self.typed(versions, row, vault, now),
            Content::Secret(secret) => self.secret(&row.name, secret),
        }
    }

    /// A parameter that has a type, whether its source says it or not. An existing one keeps its type, as with a put.
    fn typed(
        &self,
        mut versions: Vec<(SecretValue, PutRequest)>,
        row: &mut Row,
        vault: &Vault<'_>,
        now: Timestamp,
    ) -> CliResult<Import> {
        if versions.iter().any(|(_, request)| request.kind.is_none()) {
            let existing = vault.find_parameter(&row.name.parse().map_err(Error::from)?, now)?;
            let existing = existing.as_ref().and_then(Parameter::latest).map(Version::parameter_type);
            let kind = self.kind.or(existing).unwrap_or(ParameterType::SecureString);
            for (_, request) in &mut versions {
                request.kind = request.kind.or(Some(kind));
            }
        }
        row.kind = versions.last().and_then(|(_, request)| request.kind).map_or("", |kind| kind.as_str());
        self.parameter(&row.name, versions)
    }

    fn overwrite(&self) -> Overwrite {
        if self.overwrite { Overwrite::Replace } else { Overwrite::Refuse }
    }

    fn parameter(&self, name: &str, versions: Vec<(SecretValue, PutRequest)>) -> CliResult<Import> {
        let name: ParameterName = name.parse().map_err(Error::from)?;
        let put = |(value, request): (SecretValue, PutRequest)| {
            value_input::check(value.reveal(), ValueForm::Text)?;
            let request = PutRequest { overwrite: self.overwrite(), ..request };
            Ok(Put { name: name.clone(), value, request })
        };
        Ok(Import::Parameter(versions.into_iter().map(put).collect::<CliResult<_>>()?))
    }

    fn secret(&self, name: &str, secret: SecretContent) -> CliResult<Import> {
        let name: SecretName = name.parse().map_err(Error::from)?;
        let version = |version: crate::inject::import::SecretVersion| ImportedVersion {
            id: version.id,
            value: NewValue { value: version.value, binary: version.binary, masks: Masks::Refuse },
            stages: version.stages,
        };
        let versions = secret.versions.into_iter().map(version).collect();
        let SecretContent { description, tags, .. } = secret;
        Ok(Import::Secret(ImportedSecret { name, description, tags, versions, overwrite: self.overwrite() }))
    }
}
