//! `vault exec`: a program with values in its environment.

use std::ffi::OsString;

use clap::Args;

use super::context::Context;
use super::error::{CliError, CliResult};
use super::param::select;
use crate::engine::Vault;
use crate::inject::environment::{Environment, Existing, Inheritance, Injected, Options};
use crate::inject::execute::execute;
use crate::inject::variable::{NameStyle, Variable};
use crate::model::name::{ParameterName, ParameterPath};
use crate::model::parameter::Parameter;
use crate::model::selector::{ParameterRef, Selector};
use crate::store::root::Reach;

/// Run a program with values in its environment
#[derive(Debug, Args)]
#[command(
    long_about = "Run a program with values in its environment.\n\n\
        Each source is a path, which gives every parameter below it, or the name of one parameter, with a version or label if \
        you like. /app/prod/db/password under /app/prod becomes DB_PASSWORD. The program takes the place of vault: signals \
        and exit codes are its own. 125 means that vault failed, 126 that the program cannot be run, 127 that there is none.",
    after_help = "Examples:\n  \
        vault exec /app/prod -- ./server\n  \
        vault exec /app/common /app/prod -- ./server           the later source wins\n  \
        vault exec /app/prod/db/password:current -- psql       one value, as PASSWORD\n  \
        vault exec --pristine --required DB_PASSWORD /app/prod -- env"
)]
pub(super) struct ExecArgs {
    /// Paths, or NAME[:VERSION|:LABEL]
    #[arg(value_name = "PATH|NAME", add = super::completions::names())]
    sources: Vec<String>,
    /// Start from an almost empty environment: PATH, HOME, USER, SHELL, TERM, TZ, TMPDIR and the language remain
    #[arg(long)]
    pristine: bool,
    /// Let variables that exist already win
    #[arg(long)]
    keep_existing: bool,
    /// Fail unless the vault gives these variables
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    required: Vec<Variable>,
    /// Put this before each variable's name
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    prefix: String,
    /// How names become variables: upper (DB_PASSWORD), keep (db_password) or last (PASSWORD)
    #[arg(long, value_name = "STYLE", value_enum, default_value_t = Style::Upper, hide_possible_values = true)]
    name_style: Style,
    /// Allow a variable that makes programs run other code, such as LD_PRELOAD; may be repeated
    #[arg(long, value_name = "NAME")]
    allow_variable: Vec<Variable>,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND", value_hint = clap::ValueHint::CommandWithArguments)]
    command: Vec<OsString>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Style {
    Upper,
    Keep,
    Last,
}

pub(super) fn run(args: &ExecArgs, context: &mut Context) -> CliResult<()> {
    let (environment, variables) = environment(args, context).map_err(|error| CliError::BeforeExec(Box::new(error)))?;
    if context.global.dry_run {
        context.ui.note(format!("would run `{}` with {}", args.command[0].to_string_lossy(), variables.join(", ")));
        return Ok(());
    }
    if let Some(hardening) = context.hardening.take() {
        hardening.undo();
    }
    let (command, arguments) = (&args.command[0], &args.command[1..]);
    Err(execute(command, arguments, &environment, Context::search_path().as_deref()).into())
}

/// The environment, and the names of the variables in it that the vault gives.
fn environment(args: &ExecArgs, context: &mut Context) -> CliResult<(Environment, Vec<String>)> {
    let vault = context.open_vault()?;
    let sources = args.sources.iter().map(|source| injected(source, args, &vault, context));
    let sources: Vec<Vec<Injected>> = sources.collect::<CliResult<_>>()?;
    let variables = sources.iter().flatten().map(|injected| injected.variable.to_string()).collect();
    let options = Options {
        inheritance: if args.pristine { Inheritance::Pristine } else { Inheritance::Whole },
        existing: if args.keep_existing { Existing::Keep } else { Existing::Replace },
        required: args.required.clone(),
        allowed: args.allow_variable.clone(),
    };
    let environment = Environment::build(Context::inherited_environment(), sources, &options)?;
    context.finish(&vault);
    Ok((environment, variables))
}

/// What one source gives. A name that is a parameter is that parameter; anything else is a path.
fn injected(source: &str, args: &ExecArgs, vault: &Vault<'_>, context: &Context) -> CliResult<Vec<Injected>> {
    if let Some((wanted, parameter)) = single(source, vault, context)? {
        let last = parameter.name.levels().last().unwrap_or_default().to_owned();
        return Ok(vec![inject(&last, &parameter, &wanted.selector, args, vault)?]);
    }
    let path: ParameterPath = source.parse().map_err(crate::engine::Error::from)?;
    let parameters = vault.parameters_below(&path, Reach::Descendants)?;
    let live: Vec<&Parameter> =
        parameters.iter().filter(|parameter| parameter.expired(context.now).is_none()).collect();
    if live.is_empty() {
        return Err(vault.nothing_at(source).into());
    }
    live.into_iter()
        .map(|parameter| {
            let relative = parameter.name.below(&path).unwrap_or_default();
            inject(relative, parameter, &Selector::Latest, args, vault)
        })
        .collect()
}

fn single(source: &str, vault: &Vault<'_>, context: &Context) -> CliResult<Option<(ParameterRef, Parameter)>> {
    let Ok(wanted) = source.parse::<ParameterRef>() else { return Ok(None) };
    match vault.find_parameter(&wanted.name)? {
        Some(_) => Ok(Some((wanted.clone(), vault.live_parameter(&wanted.name, context.now)?))),
        None if wanted.selector != Selector::Latest || !source.starts_with('/') => Err(missing(&wanted.name, vault)),
        None => Ok(None),
    }
}

fn missing(name: &ParameterName, vault: &Vault<'_>) -> CliError {
    vault.nothing_at(name.as_str()).into()
}

fn inject(
    relative: &str,
    parameter: &Parameter,
    selector: &Selector,
    args: &ExecArgs,
    vault: &Vault<'_>,
) -> CliResult<Injected> {
    let style = match args.name_style {
        Style::Upper => NameStyle::Upper,
        Style::Keep => NameStyle::Keep,
        Style::Last => NameStyle::Last,
    };
    let variable = Variable::from_name(relative, style, &args.prefix).map_err(|error| CliError::Usage {
        message: format!("`{}`: {error}", parameter.name),
        hint: "choose another `--prefix` or `--name-style`".into(),
    })?;
    let value = vault.reveal(parameter, select(parameter, selector)?)?;
    Ok(Injected { variable, source: parameter.name.to_string(), value })
}
