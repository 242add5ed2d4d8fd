//! `vault agent-serve`: the unlock agent itself. Started by `vault unlock`, not by people.
//!
//! It starts twice. The first process leaves the terminal's session, closes inherited descriptors, starts the second
//! one and exits, so that the agent is not the child of a shell, or of a program that `vault exec` became.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use rustix::fs::Mode;

use crate::cli::agent::READY;
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::{CliError, CliResult};
use crate::cli::exit::Exit;
use crate::cli::input::value_input::stdin;
use crate::cli::process;
use crate::cli::terminal::signal;
use crate::unlock::agent::Lease;
use crate::unlock::agent::locked_memory::LockedMemory;
use crate::unlock::agent::server::Agent;

/// Hold the identity on standard input
#[derive(Debug, Args)]
pub(crate) struct AgentServeArgs {
    /// Where to listen
    socket: PathBuf,
    /// Seconds until the end
    #[arg(long)]
    ttl: u64,
    /// Seconds until the end if nobody uses it
    #[arg(long)]
    idle: u64,
    /// Be the agent instead of starting it
    #[arg(long)]
    stay: bool,
}

pub(crate) fn run(args: &AgentServeArgs, _: &mut Context) -> CliResult<()> {
    if !args.stay {
        return detach(args);
    }
    match begin(args) {
        Ok(agent) => {
            let ending = Arc::clone(&agent);
            let _guard = signal::before_end(move || ending.end())?;
            tell(READY);
            leave_pipes()?;
            agent.serve();
            Ok(())
        }
        Err(reason) => {
            tell(&reason);
            Err(CliError::Reported(Exit::Other))
        }
    }
}

fn detach(args: &AgentServeArgs) -> CliResult<()> {
    // Fails only for the leader of a group, which has no terminal to leave if it was started as it should be.
    let _ = rustix::process::setsid();
    process::keep_all_from_children();
    let times = [format!("--ttl={}", args.ttl), format!("--idle={}", args.idle), "--stay".to_owned()];
    Command::new(std::env::current_exe()?)
        .arg("agent-serve")
        .arg(&args.socket)
        .args(times)
        .stderr(Stdio::null())
        .spawn()?;
    Ok(())
}

fn begin(args: &AgentServeArgs) -> Result<Arc<Agent>, String> {
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    let secret = stdin().and_then(LockedMemory::read_from);
    let secret = secret.map_err(|error| format!("no identity to cache: {error}"))?;
    let lease = Lease { total: Duration::from_secs(args.ttl), idle: Duration::from_secs(args.idle) };
    Agent::begin(&args.socket, secret, lease, env::uptime).map_err(|error| error.to_string())
}

/// The process that started the agent reads this. If nobody does any more, the agent continues.
fn tell(what: &str) {
    let mut out = std::io::stdout();
    let _ = out.write_all(what.as_bytes()).and_then(|()| out.flush());
}

fn leave_pipes() -> CliResult<()> {
    let nothing = File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&nothing).map_err(std::io::Error::from)?;
    rustix::stdio::dup2_stdout(&nothing).map_err(std::io::Error::from)?;
    Ok(())
}
