//! Git's objects, one after the other from one process, no matter how many a history has.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use super::program::Git;
use crate::cli::git::error::GitError;

/// A running `git cat-file --batch`. It is stopped on drop.
pub(crate) struct Objects {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

const ANSWER: GitError = GitError::Answer("cat-file");

impl Objects {
    pub(crate) fn of(git: &Git) -> Result<Self, GitError> {
        let mut command = git.command(&["cat-file", "--batch"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(stdin), Some(stdout)) => Ok(Objects { child, stdin, stdout: BufReader::new(stdout) }),
            _ => Err(ANSWER),
        }
    }

    /// The content of an object; `None` if it has more than `cap` bytes.
    pub(crate) fn read(&mut self, id: &str, cap: u64) -> Result<Option<Vec<u8>>, GitError> {
        writeln!(self.stdin, "{id}")?;
        let mut head = String::new();
        self.stdout.read_line(&mut head)?;
        let size = head.trim_end().split(' ').nth(2).and_then(|size| size.parse::<u64>().ok()).ok_or(ANSWER)?;
        let mut content = (&mut self.stdout).take(size);
        let mut bytes = Vec::with_capacity(usize::try_from(size.min(cap)).unwrap_or(0));
        if size <= cap {
            content.read_to_end(&mut bytes)?;
        } else {
            std::io::copy(&mut content, &mut std::io::sink())?;
        }
        self.stdout.read_exact(&mut [0])?;
        Ok((size <= cap).then_some(bytes))
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        // Nobody is waiting for its output any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
