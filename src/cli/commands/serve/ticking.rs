//! `vault tick` every minute, in a process of its own.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use zeroize::Zeroizing;

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::ui;
use crate::serve::server::Server;

const MINUTE: Duration = Duration::from_secs(60);
/// How long a run may take: each hook has a limit of its own, but not what else may wait, such as git.
const LONGEST: Duration = Duration::from_secs(3600);
/// How long a run has to end its hooks and write that down.
const GRACE: Duration = Duration::from_secs(10);
/// How often it is looked whether a run has ended.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// How each run is started.
struct Runs {
    program: PathBuf,
    identity: Option<PathBuf>,
    /// What the environment of the server had, and its processes do not inherit.
    text: Option<Zeroizing<String>>,
    /// With a final line feed.
    passphrase: Option<Zeroizing<String>>,
}

/// Runs it until this is dropped. A run that has begun is finished.
pub(super) fn start(server: &Server, context: &Context) -> CliResult<Sender<()>> {
    let vaults: Vec<_> = server.vaults().map(|served| served.last().vault.path().to_owned()).collect();
    let runs = Runs {
        program: std::env::current_exe()?,
        identity: context.global.identity.clone(),
        text: context.sources()?.identity_text,
        passphrase: context.given_passphrase().map(|passphrase| Zeroizing::new(format!("{}\n", *passphrase))),
    };
    let (end, ended) = channel();
    thread::spawn(move || {
        loop {
            for vault in &vaults {
                let status = runs.begin(vault).and_then(|run| finish(run, LONGEST));
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

impl Runs {
    fn begin(&self, vault: &Path) -> io::Result<Child> {
        let mut command = Command::new(&self.program);
        command.args(["--no-input", "--quiet", "--vault"]).arg(vault);
        if let Some(identity) = &self.identity {
            command.arg("--identity").arg(identity);
        }
        // Both go through one pipe: an environment can be read from outside until the process has hardened itself.
        let input = self.passphrase.iter().chain(&self.text);
        let has_input = input.clone().next().is_some();
        if self.passphrase.is_some() {
            command.env("VLT_PASSPHRASE_FD", "0");
        }
        if self.text.is_some() {
            command.env("VLT_IDENTITY_FD", "0");
        }
        command.arg("tick").stdin(if has_input { Stdio::piped() } else { Stdio::null() }).stdout(Stdio::null());
        let mut run = command.spawn()?;
        // One that ends before it reads says why.
        let _ = run
            .stdin
            .take()
            .map(|mut stdin| input.map(|text| text.as_bytes()).try_for_each(|text| stdin.write_all(text)));
        Ok(run)
    }
}

/// Waits for the end of a run. One that takes too long is asked to end, and then killed.
fn finish(mut run: Child, limit: Duration) -> io::Result<ExitStatus> {
    if let Some(status) = ended(&mut run, limit)? {
        return Ok(status);
    }
    let id = i32::try_from(run.id()).ok().and_then(Pid::from_raw);
    let _ = id.map(|id| kill_process(id, Signal::TERM));
    if let Some(status) = ended(&mut run, GRACE)? {
        return Ok(status);
    }
    run.kill()?;
    run.wait()
}

fn ended(run: &mut Child, within: Duration) -> io::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + within;
    loop {
        let status = run.try_wait()?;
        if status.is_some() || Instant::now() >= deadline {
            return Ok(status);
        }
        thread::sleep(POLL_INTERVAL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_hangs_is_ended() {
        let begin = |script: &str| Command::new("sh").args(["-c", script]).spawn().unwrap();
        assert!(finish(begin("exit 0"), MINUTE).unwrap().success());
        assert!(!finish(begin("exit 3"), MINUTE).unwrap().success());
        let began = Instant::now();
        assert!(!finish(begin("exec sleep 60"), Duration::from_millis(100)).unwrap().success());
        assert!(began.elapsed() < GRACE);
    }
}
