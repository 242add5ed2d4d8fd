//! `vault tick` every minute, in a process of its own.

use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::ui;
use crate::serve::server::Server;

const MINUTE: Duration = Duration::from_secs(60);

/// Runs it until this is dropped. A run that has begun is finished.
pub(super) fn start(server: &Server, context: &Context) -> CliResult<Sender<()>> {
    let program = std::env::current_exe()?;
    let vaults: Vec<_> = server.vaults().map(|served| served.last().vault.path().to_owned()).collect();
    let identity = context.global.identity.clone();
    let (end, ended) = channel();
    thread::spawn(move || {
        loop {
            for vault in &vaults {
                let mut command = Command::new(&program);
                command.args(["--no-input", "--quiet", "--vault"]).arg(vault);
                if let Some(identity) = &identity {
                    command.arg("--identity").arg(identity);
                }
                let status = command.arg("tick").stdin(Stdio::null()).stdout(Stdio::null()).status();
                if !status.is_ok_and(|status| status.success()) {
                    ui::print_fatal("warning: `vault tick` failed");
                }
            }
            if ended.recv_timeout(MINUTE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
        }
    });
    Ok(end)
}
