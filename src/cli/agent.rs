//! Starting an unlock agent, and asking whether to.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use super::terminal::prompt::{Prompter, Question};
use super::terminal::{escape, ui};
use crate::machine::config::{self, AgentUse, ConfigFile};
use crate::unlock::agent::Lease;
use crate::unlock::source::Keeper;

/// What an agent writes once it listens.
pub(crate) const READY: &str = "ready\n";

/// Why no agent started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// What it said instead.
    #[error("the unlock agent did not start: {0}")]
    Agent(String),
    /// It could not be run or spoken to.
    #[error("cannot start the unlock agent: {0}")]
    Io(#[from] std::io::Error),
}

/// Starts an agent that holds this identity, and waits until it listens.
///
/// The identity goes through a pipe. The agent gets nothing of this environment, and no terminal.
pub(crate) fn start(socket: &Path, lease: Lease, identity: &[u8]) -> Result<(), StartError> {
    let mut child = Command::new(std::env::current_exe()?)
        .arg("agent-serve")
        .arg(socket)
        .args([format!("--ttl={}", lease.total.as_secs()), format!("--idle={}", lease.idle.as_secs())])
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    // A pipe can hold more than an identity, so this never blocks. If the child has exited, its output says why.
    let _ = child.stdin.take().map(|mut pipe| pipe.write_all(identity));
    // Reads one line, not to the end: the agent keeps a copy of its standard output open as long as it runs.
    let mut answer = String::new();
    let _ = child.stdout.take().map(|pipe| BufReader::new(pipe.take(1000)).read_line(&mut answer));
    child.wait()?;
    if answer == READY { Ok(()) } else { Err(StartError::Agent(answer.trim_end().to_owned())) }
}

/// Caches an identity if the configuration or the user says so.
pub(crate) struct KeepOpen {
    pub(crate) prompter: Prompter,
}

/// The user's choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Yes,
    No,
    Always,
    Never,
}

impl Keeper for KeepOpen {
    fn opened(&self, text: &[u8], socket: &Path, config: &ConfigFile) {
        let Ok(settings) = config.read() else { return };
        let wish = match settings.agent {
            AgentUse::Off => return,
            AgentUse::Auto => Wish::Yes,
            AgentUse::Ask => self.ask(),
        };
        let remembered = match wish {
            Wish::Always => config::set_agent(config.directory(), AgentUse::Auto),
            Wish::Never => config::set_agent(config.directory(), AgentUse::Off),
            Wish::Yes | Wish::No => Ok(()),
        };
        if let Err(error) = remembered {
            warn(&error);
        }
        if matches!(wish, Wish::Yes | Wish::Always)
            && let Err(error) = start(socket, Lease::default(), text)
        {
            warn(&error);
        }
    }
}

impl KeepOpen {
    /// No answer counts as no.
    fn ask(&self) -> Wish {
        let question = Question {
            text: "Keep it unlocked for 8 hours? (y, n, always, never)",
            what: "an answer",
            flag: "`vault unlock`",
        };
        self.prompter.ask(question, " [n]: ", "Type y, n, always or never, and Enter.\n", wish).unwrap_or(Wish::No)
    }
}

fn wish(answer: &str) -> Option<Wish> {
    match answer.to_ascii_lowercase().as_str() {
        "y" | "yes" => Some(Wish::Yes),
        "" | "n" | "no" => Some(Wish::No),
        "always" => Some(Wish::Always),
        "never" => Some(Wish::Never),
        _ => None,
    }
}

fn warn(error: &impl std::fmt::Display) {
    ui::print_fatal(&format!("warning: {}", escape::line(&error.to_string())));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_answer_keeps_an_identity_open() {
        for (answer, expected) in [
            ("y", Wish::Yes),
            ("Yes", Wish::Yes),
            ("always", Wish::Always),
            ("never", Wish::Never),
            ("", Wish::No),
            ("n", Wish::No),
        ] {
            assert_eq!(wish(answer), Some(expected), "{answer}");
        }
        for answer in ["?", "a", "ye", "yes please"] {
            assert_eq!(wish(answer), None, "{answer}");
        }
    }
}
