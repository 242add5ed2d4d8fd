//! Git's objects, one after the other from one process, no matter how many a history has.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::error::GitError;
use super::program::Git;

/// A running `git cat-file --batch`.
pub(crate) struct Objects {
    command: Command,
    running: Running,
}

struct Running {
    _child: Stopped,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

const ANSWER: GitError = GitError::Answer("cat-file");

impl Objects {
    pub(crate) fn of(git: &Git) -> Result<Self, GitError> {
        let mut command = git.command(&["cat-file", "--batch"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let running = Running::start(&mut command)?;
        Ok(Objects { command, running })
    }

    /// The content of an object; `None` if it has more than `cap` bytes: those are not read, and git starts again.
    pub(crate) fn read(&mut self, id: &str, cap: u64) -> Result<Option<Vec<u8>>, GitError> {
        let Running { stdin, stdout, .. } = &mut self.running;
        writeln!(stdin, "{id}")?;
        let mut head = String::new();
        stdout.read_line(&mut head)?;
        let size = head.trim_end().split(' ').nth(2).and_then(|size| size.parse::<u64>().ok()).ok_or(ANSWER)?;
        if size > cap {
            self.running = Running::start(&mut self.command)?;
            return Ok(None);
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        stdout.take(size).read_to_end(&mut bytes)?;
        stdout.read_exact(&mut [0])?;
        Ok(Some(bytes))
    }
}

impl Running {
    fn start(command: &mut Command) -> Result<Self, GitError> {
        let mut child = command.spawn()?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(stdin), Some(stdout)) => {
                Ok(Running { _child: Stopped(child), stdin, stdout: BufReader::new(stdout) })
            }
            _ => Err(ANSWER),
        }
    }
}

/// A process whose output nobody waits for any more once this is dropped.
pub(super) struct Stopped(pub(super) Child);

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
