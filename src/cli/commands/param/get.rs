//! `vault param get`: print values.

use std::collections::HashSet;

use clap::Args;

use super::view::{self, line, read, select};
use crate::aws::parameter::Parameter as Shown;
use crate::aws::parameters::{GetParameters, GetParametersByPath};
use crate::cli::advice::near::words;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::input::destination::Destination;
use crate::cli::input::meant::typed;
use crate::cli::report::date::Date;
use crate::cli::session::Session;
use crate::cli::terminal::page::{Format, Page, Report};
use crate::engine::Vault;
use crate::model::name::ParameterPath;
use crate::model::near::Aim;
use crate::model::parameter::{Filter, ParameterRef};
use crate::model::reference;
use crate::store::files::Reach;

/// Print the value of one or more parameters
#[derive(Debug, Args)]
#[command(
    long_about = "Print the value of one or more parameters.\n\n\
        A single value is printed exactly as stored; on a terminal a newline is added and control characters are \
        escaped. Several values are printed as NAME, a tab, VALUE, one per line; use --json for multi-line values.",
    after_help = "Examples:\n  \
        vault param get /app/prod/db/password\n  \
        vault param get /app/prod/db/password:3          version 3\n  \
        vault param get /app/prod/db/password:current    the version with that label\n  \
        vault param get -c /app/prod/db/password         to the clipboard, for a while\n  \
        vault param get --path /app/prod --recursive     everything below a path\n  \
        vault param get --path /app --recursive --filter label=live --json"
)]
pub(crate) struct GetArgs {
    /// NAME, NAME:VERSION or NAME:LABEL; also as an ARN
    #[arg(
        value_name = "NAME[:VERSION|:LABEL]",
        required_unless_present = "path",
        value_parser = reference::parameter
    )]
    pub(crate) names: Vec<ParameterRef>,
    /// Print the parameters directly below this path
    #[arg(long, conflicts_with = "names")]
    pub(crate) path: Option<ParameterPath>,
    /// With --path: include all levels
    #[arg(short, long, requires = "path")]
    pub(crate) recursive: bool,
    /// With --path: only matching parameters, such as type=SecureString or label=live; may be repeated
    #[arg(long, value_name = "FILTER", requires = "path")]
    pub(crate) filter: Vec<Filter>,
    #[command(flatten)]
    pub(crate) destination: Destination,
}

pub(super) fn run(args: &GetArgs, context: &mut Context) -> CliResult<()> {
    args.destination.check(args.path.is_none() && args.names.len() == 1, context)?;
    context.purpose.typed = typed(&args.names, args.path.as_ref().map(ParameterPath::as_str));
    let vault = context.open_vault()?;
    get(args, vault, context)
}

/// Prints them from an open vault.
pub(crate) fn get(args: &GetArgs, vault: Session, context: &mut Context) -> CliResult<()> {
    match (&args.path, args.names.as_slice()) {
        (Some(path), _) => below(path, args, vault, context),
        (None, [one]) if context.ui.settings().format == Format::Text => single(one, &args.destination, vault, context),
        (None, names) => several(&distinct(names), vault, context),
    }
}

/// The fast path: one document, one value, one write.
fn single(wanted: &ParameterRef, destination: &Destination, vault: Session, context: &mut Context) -> CliResult<()> {
    let parameter = vault.parameter(&wanted.name, context.now)?;
    let version = select(&parameter, &wanted.selector)?;
    let value = vault.reveal(&parameter, version)?;
    vault.finish(context);
    destination.deliver(wanted.name.as_str(), &value, context)
}

/// What was asked for, each once.
fn distinct(names: &[ParameterRef]) -> Vec<&ParameterRef> {
    let mut seen = HashSet::new();
    names.iter().filter(|name| seen.insert(*name)).collect()
}

/// Everything that exists is printed; missing names determine the exit code.
fn several(names: &[&ParameterRef], vault: Session, context: &mut Context) -> CliResult<()> {
    let mut found = GetParameters { parameters: Vec::new(), invalid_parameters: Vec::new() };
    let mut missing = None;
    for wanted in names {
        match one(wanted, &vault, context) {
            Ok(value) => found.parameters.push(value),
            Err(CliError::Engine(error)) if CliError::is_not_found(&error) => {
                found.invalid_parameters.push(wanted.to_string());
                missing = Some(error);
            }
            Err(error) => return Err(error),
        }
    }
    vault.finish(context);
    context.ui.report(&found)?;
    match missing {
        None => Ok(()),
        Some(error) if names.len() == 1 => Err(error.into()),
        Some(_) => Err(CliError::Missing(found.invalid_parameters)),
    }
}

/// With its name as it was asked for: `x` and `/x` are the same.
fn one(wanted: &ParameterRef, vault: &Vault<'_>, context: &Context) -> CliResult<Shown<Date>> {
    let parameter = vault.parameter(&wanted.name, context.now)?;
    Ok(Shown { name: wanted.name.to_string(), ..read(&parameter, &wanted.selector, vault)? })
}

fn below(path: &ParameterPath, args: &GetArgs, vault: Session, context: &mut Context) -> CliResult<()> {
    let reach = if args.recursive { Reach::Descendants } else { Reach::Children };
    view::check_filters(&args.filter)?;
    let mut parameters = Vec::new();
    vault.will_open_values();
    for parameter in vault.parameters_below(path, reach, context.now)?.whole()? {
        if args.filter.iter().all(|filter| filter.matches(&parameter)) {
            parameters.push(read(&parameter, &Filter::selector(&args.filter, &parameter), &vault)?);
        }
    }
    if parameters.is_empty() && args.filter.is_empty() {
        context.ui.note(nothing(path, reach, &vault));
    }
    vault.finish(context);
    Ok(context.ui.report(&GetParametersByPath { parameters, next_token: None })?)
}

/// Nothing below a path is no error, but what was meant may be deeper, or near.
fn nothing(path: &ParameterPath, reach: Reach, vault: &Vault<'_>) -> String {
    if reach == Reach::Children && vault.has_below(path) {
        return format!("nothing directly below `{path}`; `--recursive` prints all levels");
    }
    match vault.near(Aim::Below, path.as_str()) {
        near if near.is_empty() => format!("there are no parameters below `{path}`"),
        near => format!("there are no parameters below `{path}`; did you mean {}?", words(&near)),
    }
}

impl Report for GetParameters<Date> {
    fn text(&self, page: &mut Page) {
        lines(&self.parameters, page);
    }

    fn shows_values(&self) -> bool {
        true
    }
}

impl Report for GetParametersByPath<Date> {
    fn text(&self, page: &mut Page) {
        lines(&self.parameters, page);
    }

    fn shows_values(&self) -> bool {
        true
    }
}

fn lines(parameters: &[Shown<Date>], page: &mut Page) {
    for shown in parameters {
        let line = line(shown, page);
        page.line(line.as_str());
    }
}
