//! `vault exec`: a program with values in its environment.

mod args;
mod required;
mod serving;
mod supervise;
mod watch;

use std::ffi::OsString;

use clap::Args;

use self::args::SupervisionArgs;
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::{CliError, CliResult};
use crate::cli::input::sources::{self, AllowedArgs, SourceArgs};
use crate::inject::environment::{Environment, Existing, Inheritance, Options};
use crate::inject::execute::execute;
use crate::inject::variable::Variable;

/// Run a program with values in its environment
#[derive(Debug, Args)]
#[command(
    long_about = format!("Run a program with values in its environment.\n\n\
        {}\n\n\
        /app/prod/db/password under /app/prod becomes DB_PASSWORD, a secret prod/db becomes DB. A later source \
        overrides an earlier one. The program replaces vault: signals and exit codes are its own. 125 means that \
        vault failed, 126 that the program cannot be run, 127 that it was not found.\n\n\
        With --mask, --watch, --timeout, --file or --stdin, and in jobs of GitHub Actions, Azure Pipelines, GitLab \
        and Buildkite, vault keeps running and supervises the program: output that does not go to a terminal is \
        masked, signals are forwarded, and 124 means that it timed out.\n\n\
        With --serve, paths and secrets become no variables: the program reads them itself, through an SDK of AWS. Its \
        environment has an endpoint that only it knows, and credentials that reach nothing else and end with it. \
        NAME=REFERENCE and files still become variables.", sources::ABOUT),
    after_help = "Examples:\n  \
        vault exec /app/prod -- ./server\n  \
        vault exec /app/common /app/prod -- ./server         the later source wins\n  \
        vault exec /app/prod/db/password:current -- psql     one value, as PASSWORD\n  \
        vault exec DB_PASS=prod/db:password -- ./server      one key of a JSON secret\n  \
        vault exec --flatten secret:prod/db -- ./server      all its keys\n  \
        vault exec --map buildspec.yml -- make               as CodeBuild would\n  \
        vault exec --pristine --required DB_PASSWORD /app/prod -- env\n  \
        vault exec --mask /app/prod -- make deploy > log     values become ***\n  \
        vault exec --file TLS_KEY /app/prod -- ./server      TLS_KEY_FILE is a path\n  \
        vault exec --stdin TOKEN /app/prod -- docker login -u app --password-stdin\n  \
        vault exec --watch /app/prod -- ./server             restarts on changes\n  \
        vault exec --watch=HUP --file TLS_KEY /app/prod -- nginx\n  \
        vault exec --timeout 10m /app/prod -- ./migrate\n  \
        vault exec --serve /shop/dev -- python app.py        boto3 reads /shop/dev"
)]
pub(crate) struct ExecArgs {
    #[command(flatten)]
    pub(crate) sources: SourceArgs,
    #[command(flatten)]
    pub(crate) supervision: SupervisionArgs,
    /// Start with a minimal environment: PATH, HOME, USER, LOGNAME, SHELL, TERM, TZ, TMPDIR and the locale
    #[arg(long)]
    pristine: bool,
    /// Keep variables that are already set
    #[arg(long)]
    keep_existing: bool,
    /// Fail unless the vault provides these variables
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    required: Vec<Variable>,
    #[command(flatten)]
    allowed: AllowedArgs,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND", value_hint = clap::ValueHint::CommandWithArguments)]
    pub(crate) command: Vec<OsString>,
}

pub(crate) fn run(args: &ExecArgs, context: &mut Context) -> CliResult<()> {
    // The program alone: its arguments may hold anything.
    context.purpose.program = args.command[0].to_string_lossy().into_owned();
    args.sources.announce(context).map_err(|error| CliError::BeforeExec(Box::new(error)))?;
    let done = start(args, context);
    let missing = done.as_ref().err().and_then(required::missing);
    let is_provided = missing.map_or(Ok(false), |missing| required::provide(missing, args, context))?;
    if is_provided { start(args, context) } else { done }
}

fn start(args: &ExecArgs, context: &mut Context) -> CliResult<()> {
    if args.supervision.is_wanted(env::ci_host()) {
        return supervise::run(args, context);
    }
    let (environment, variables) = environment(args, context).map_err(|error| CliError::BeforeExec(Box::new(error)))?;
    if context.global.dry_run {
        context.ui.note(format!("would run `{}` with {}", args.command[0].to_string_lossy(), variables.join(", ")));
        return Ok(());
    }
    if let Some(hardening) = context.hardening.take() {
        hardening.undo();
    }
    let (command, arguments) = (&args.command[0], &args.command[1..]);
    Err(execute(command, arguments, &environment, env::search_path().as_deref()).into())
}

/// The environment, and the names of the variables in it that come from the vault.
fn environment(args: &ExecArgs, context: &mut Context) -> CliResult<(Environment, Vec<String>)> {
    let vault = context.open_vault()?;
    let sources = args.sources.gather(&vault, context)?;
    let variables = sources.iter().flatten().map(|injected| injected.variable.to_string()).collect();
    let environment = Environment::build(env::inherited_environment(), sources, &args.options())?;
    vault.finish(context);
    Ok((environment, variables))
}

impl ExecArgs {
    /// How the environment is put together.
    pub(crate) fn options(&self) -> Options {
        Options {
            inheritance: if self.pristine { Inheritance::Pristine } else { Inheritance::Whole },
            existing: if self.keep_existing { Existing::Keep } else { Existing::Replace },
            required: self.required.clone(),
            allowed: self.allowed.allow_variable.clone(),
            removed: Vec::new(),
        }
    }
}
