//! `vault exec` that stays and watches over the program.

use std::io::{self};

use super::ExecArgs;
use super::args::SupervisionArgs;
use super::serving::{self, Serving};
use super::watch::{Gathered, Watch};
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::{CliError, CliResult};
use crate::cli::exit::Exit;
use crate::cli::terminal::signal;
use crate::inject::delivery::Delivery;
use crate::inject::environment::InjectError;
use crate::inject::supervise::{Incoming, OnChange, Program, Settings, supervise};
use crate::machine::private_directory::{PrivateDirectory, memory_directory};
use crate::model::forms;

pub(crate) fn run(args: &ExecArgs, context: &mut Context) -> CliResult<()> {
    let before = |error| CliError::BeforeExec(Box::new(error));
    let gathered = Gathered::of(args, context).map_err(before)?;
    if context.global.dry_run {
        plan(args, &gathered, context);
        return Ok(());
    }
    // From here on a signal ends this process by way of the program, so that files are removed.
    let incoming = Incoming::take().map_err(|error| before(error.into()))?;
    signal::hand_over();
    let settings = settings(&args.supervision);
    if settings.masked.any() {
        tell_unmasked(&gathered.delivery, context);
    }
    let serving = Serving::start(args, &gathered.vault, context).map_err(before)?;
    let directory = directory(args).map_err(|error| before(error.into()))?;
    let (mut watch, launch) = Watch::begin(args, gathered, (directory, serving), context).map_err(before)?;
    let search = env::search_path();
    let program = Program { command: &args.command[0], arguments: &args.command[1..], search: search.as_deref() };
    match supervise(program, launch, settings, incoming, &mut watch)? {
        0 => Ok(()),
        code => Err(CliError::Reported(Exit::OfProgram(code))),
    }
}

/// `--dry-run`: names, and the ways they would go.
fn plan(args: &ExecArgs, gathered: &Gathered, context: &mut Context) {
    let ways = args.supervision.ways();
    let named = gathered.delivery.all().map(|given| match &given.variable {
        name if ways.files.contains(name) => format!("{name}_FILE"),
        name if ways.input.as_ref() == Some(name) => format!("{name} on its standard input"),
        name => name.to_string(),
    });
    let served = serving::names(args, &gathered.vault, context).unwrap_or_default();
    let served = served.map(|names| format!("{} served to it", names.join(", ")));
    let named = named.chain(served).collect::<Vec<_>>().join(", ");
    context.ui.note(format!("would run `{}` with {named}", args.command[0].to_string_lossy()));
}

fn settings(args: &SupervisionArgs) -> Settings {
    let (masked, on_change) = (args.masked(), args.watch.unwrap_or(OnChange::Restart));
    Settings { masked, timeout: args.timeout, grace: args.grace(), on_change }
}

/// Reports once which values are not masked.
fn tell_unmasked(delivery: &Delivery, context: &mut Context) {
    let common = delivery.all().filter(|given| forms::is_too_common(&given.value));
    let names: Vec<&str> = common.map(|given| given.variable.as_str()).collect();
    if !names.is_empty() {
        context.ui.note(format!("not masked, because values this short are everywhere: {}", names.join(", ")));
    }
}

/// The place for files in memory, if any are wanted.
fn directory(args: &ExecArgs) -> Result<Option<PrivateDirectory>, InjectError> {
    if args.supervision.file.is_empty() {
        return Ok(None);
    }
    let parent = memory_directory(env::runtime_directory().as_deref()).ok_or(InjectError::NoMemory)?;
    let failed = |cause: io::Error| InjectError::Directory { path: parent.clone(), reason: cause.to_string() };
    PrivateDirectory::create(&parent, "exec").map(Some).map_err(failed)
}
