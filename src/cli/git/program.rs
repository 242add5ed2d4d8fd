//! Git itself: finding it, running it, and reading its output.

use std::ffi::OsStr;
use std::io::{Read as _, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use super::error::GitError;
use crate::cli::env;
use crate::cli::terminal::escape;
use crate::format::caps;
use crate::store::{Directory, Files, StoreError};

/// A repository with a vault in it.
pub(crate) struct Git {
    program: PathBuf,
    /// The top directory of the work tree.
    pub(crate) top: PathBuf,
    /// The vault's directory below it, ending with a slash unless empty.
    pub(crate) prefix: String,
}

/// Variables that must not affect our git: a calling hook or alias sets them for itself, or they change which repository
/// and which objects it reads, what a path means and what it prints. What names the user's programs and settings, such as
/// `GIT_SSH_COMMAND`, stays, and so does the index of a partial commit.
const NOT_INHERITED: [&str; 15] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_CONFIG",
    "GIT_EXTERNAL_DIFF",
    "GIT_DIFF_OPTS",
    "GIT_GRAFT_FILE",
    "GIT_REPLACE_REF_BASE",
    "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
    "GIT_PAGER",
];

/// A directory with `HEAD`, `objects` and `refs` is a repository to git, and its `config` names programs. Committed below
/// the vault, it would be found before the repository that it is in.
const NOT_BARE: [&str; 2] = ["-c", "safe.bareRepository=explicit"];

/// How long a lock of git's index is waited for, and how often it is tried.
const LOCK_WAIT: Duration = Duration::from_secs(10);
const LOCK_POLL: Duration = Duration::from_millis(100);

/// Longer messages are shortened when they are shown.
const SHOWN: usize = 600;

impl Git {
    /// The repository around a vault's directory.
    pub(crate) fn around(vault: &Path) -> Result<Self, GitError> {
        let mut git = Git { program: program()?, top: vault.to_owned(), prefix: String::new() };
        let answer = git.output(&[&NOT_BARE[..], &["rev-parse", "--show-toplevel", "--show-prefix"]].concat())?;
        let mut lines = answer.stdout.split(|&byte| byte == b'\n');
        let (top, prefix) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
        git.top = PathBuf::from(OsStr::from_bytes(top));
        // Versions of git before 2.38 do not know the setting.
        if !answer.status.success() || git.top.join(".git").symlink_metadata().is_err() {
            return Err(no_repository(vault));
        }
        git.prefix = String::from_utf8(prefix.to_vec()).map_err(|_| GitError::Answer("rev-parse"))?;
        Ok(git)
    }

    /// The repository whose merge driver this process is: git calls drivers at the top of the work tree. `prefix` is the vault's
    /// directory below it, as in [`Git::prefix`].
    pub(crate) fn calling(prefix: &str) -> Result<Self, GitError> {
        Ok(Git { program: program()?, top: PathBuf::from("."), prefix: prefix.to_owned() })
    }

    /// The part of a repository's path below the vault; `None` for a path outside.
    pub(crate) fn inside<'a>(&self, path: &'a str) -> Option<&'a str> {
        path.strip_prefix(self.prefix.as_str())
    }

    /// A path below the vault, relative to the repository.
    pub(crate) fn outside(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }

    /// Runs git and returns what it prints.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<Vec<u8>, GitError> {
        let output = self.when_unlocked(|| self.output(arguments))?;
        if output.status.success() { Ok(output.stdout) } else { Err(failed(arguments, &output)) }
    }

    /// Runs git again for a while if another git holds the lock of the index, as an editor or another command may.
    fn when_unlocked(&self, run: impl Fn() -> Result<Output, GitError>) -> Result<Output, GitError> {
        let deadline = Instant::now() + LOCK_WAIT;
        loop {
            let output = run()?;
            if output.status.success() || !is_locked(&output) {
                return Ok(output);
            }
            if Instant::now() >= deadline {
                return Err(GitError::Locked(self.own_file("index.lock")?));
            }
            std::thread::sleep(LOCK_POLL);
        }
    }

    /// Runs git and returns one line of text.
    pub(crate) fn line(&self, arguments: &[&str]) -> Result<String, GitError> {
        let text = self.run(arguments)?;
        Ok(String::from_utf8_lossy(&text).trim_end().to_owned())
    }

    /// What git prints, whether it succeeds or not.
    pub(crate) fn answer(&self, arguments: &[&str]) -> Result<String, GitError> {
        Ok(String::from_utf8_lossy(&self.output(arguments)?.stdout).trim().to_owned())
    }

    /// A file of git's own, such as `MERGE_HEAD`; it need not exist.
    pub(crate) fn own_file(&self, name: &str) -> Result<PathBuf, GitError> {
        Ok(self.top.join(self.line(&["rev-parse", "--git-path", name])?))
    }

    /// The commit of a name; `None` if it names none. It is never taken for an option.
    pub(crate) fn commit(&self, name: &str) -> Result<Option<String>, GitError> {
        self.object(&format!("{name}^{{commit}}"))
    }

    /// The object of a file in a commit, or in the index if that is empty; `None` if it has no such file.
    pub(crate) fn object_at(&self, commit: &str, file: &str) -> Result<Option<String>, GitError> {
        self.object(&format!("{commit}:{file}"))
    }

    fn object(&self, name: &str) -> Result<Option<String>, GitError> {
        let id = self.answer(&["rev-parse", "--verify", "--quiet", "--end-of-options", name])?;
        Ok(Some(id).filter(|id| !id.is_empty()))
    }

    /// Runs git, and returns its result whether it succeeds or not.
    pub(crate) fn output(&self, arguments: &[&str]) -> Result<Output, GitError> {
        Ok(self.command(arguments).stdin(Stdio::null()).output()?)
    }

    /// Runs git with many paths, passed on stdin.
    pub(crate) fn over(&self, arguments: &[&str], paths: &[String]) -> Result<(), GitError> {
        let mut all = arguments.to_vec();
        all.extend(["--pathspec-from-file=-", "--pathspec-file-nul"]);
        let text: Vec<u8> = paths.iter().flat_map(|path| [b":(literal)", path.as_bytes(), b"\0"].concat()).collect();
        let output = self.when_unlocked(|| self.feed(&all, text.clone()))?;
        if output.status.success() { Ok(()) } else { Err(failed(arguments, &output)) }
    }

    /// The contents of documents, in their order. Of what is larger than any document there is one byte more than the
    /// largest has, so that whoever reads it refuses it.
    pub(crate) fn blobs(&self, ids: &[&str]) -> Result<Vec<Vec<u8>>, GitError> {
        let mut blobs = Vec::with_capacity(ids.len());
        self.each_object(ids, |_, content| {
            let mut blob = Vec::new();
            content.take(caps::DOCUMENT + 1).read_to_end(&mut blob)?;
            blobs.push(blob);
            Ok(())
        })?;
        if blobs.len() == ids.len() { Ok(blobs) } else { Err(GitError::Answer("cat-file")) }
    }

    /// A document in the work tree; `path` is relative to the vault.
    pub(crate) fn work_document(&self, path: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Directory::open(&self.top)?.read(&self.outside(path), caps::DOCUMENT)
    }

    /// Runs git with lines on stdin and returns what it prints.
    pub(crate) fn feed_lines(
        &self,
        arguments: &[&str],
        lines: impl Iterator<Item = String>,
    ) -> Result<Vec<u8>, GitError> {
        let text = lines.flat_map(|line| [line.as_bytes(), b"\n"].concat()).collect();
        let output = self.feed(arguments, text)?;
        if output.status.success() { Ok(output.stdout) } else { Err(failed(arguments, &output)) }
    }

    fn feed(&self, arguments: &[&str], text: Vec<u8>) -> Result<Output, GitError> {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let stdin = child.stdin.take();
        // In a separate thread: git answers while it is still reading.
        let writer = std::thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&text)));
        let output = child.wait_with_output()?;
        // If git did not read everything, it has reported why.
        let _ = writer.join();
        Ok(output)
    }

    /// Git, about to be run at the top of the work tree.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(&self.top).args(arguments);
        for name in NOT_INHERITED {
            command.env_remove(name);
        }
        command
    }
}

fn program() -> Result<PathBuf, GitError> {
    env::find_program("git").ok_or(GitError::Absent)
}

fn failed(arguments: &[&str], output: &Output) -> GitError {
    let verb = arguments.iter().find(|word| !word.starts_with('-') && !word.contains('='));
    GitError::Failed { verb: (*verb.unwrap_or(&"")).to_owned(), message: said(output) }
}

/// What git said, on one line and not too long.
pub(crate) fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(if output.stderr.is_empty() { &output.stdout } else { &output.stderr });
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    escape::line(&words.join(" ")).chars().take(SHOWN).collect()
}

fn is_locked(output: &Output) -> bool {
    let text = String::from_utf8_lossy(&output.stderr);
    text.contains("index.lock") && text.contains("File exists")
}

/// Why there is no repository around a vault.
fn no_repository(vault: &Path) -> GitError {
    let is_repository = ["HEAD", "objects", "refs"].iter().all(|name| vault.join(name).exists());
    if is_repository {
        GitError::Disguised(vault.to_owned())
    } else if env::set("GIT_DIR").is_some() {
        GitError::Detour(vault.to_owned())
    } else {
        GitError::NoRepository(vault.to_owned())
    }
}

/// One or two commits. They are resolved first, so that no argument is interpreted as an option.
pub(crate) fn commits(git: &Git, range: &str) -> Result<Vec<String>, GitError> {
    let names = range.split_once("..").map_or_else(|| vec![range], |(from, to)| vec![from, to]);
    let names = names.into_iter().map(|name| if name.is_empty() { "HEAD" } else { name });
    names.map(|name| existing_commit(git, name)).collect()
}

fn existing_commit(git: &Git, name: &str) -> Result<String, GitError> {
    if let Some(commit) = git.commit(name)? {
        return Ok(commit);
    }
    let is_shallow = git.line(&["rev-parse", "--is-shallow-repository"])? == "true";
    let name = escape::line(name);
    Err(if is_shallow { GitError::BeyondShallow(name) } else { GitError::NoCommit(name) })
}

/// Files in git's directory that show what is in progress.
const UNDER_WAY: [(&str, &str); 5] = [
    ("MERGE_HEAD", "merge"),
    ("rebase-merge", "rebase"),
    ("rebase-apply", "rebase"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
];

/// What is in progress in the repository.
pub(crate) fn under_way(git: &Git) -> Result<Option<&'static str>, GitError> {
    for (file, what) in UNDER_WAY {
        if git.own_file(file)?.exists() {
            return Ok(Some(what));
        }
    }
    Ok(None)
}

/// In the middle of a merge, committing and pulling would complete something that the user has begun.
pub(crate) fn nothing_under_way(git: &Git) -> Result<(), GitError> {
    under_way(git)?.map_or(Ok(()), |what| Err(GitError::Unfinished(what)))
}

/// The objects of a file in the common ancestor, on our side and on theirs.
pub(crate) type Stages = [Option<String>; 3];

/// The vault's directory as a git path.
pub(crate) fn pathspec(git: &Git) -> String {
    if git.prefix.is_empty() { ".".to_owned() } else { literal(&git.prefix) }
}

/// A path of the repository for git, to which some characters would mean more.
pub(crate) fn literal(path: &str) -> String {
    format!(":(literal){path}")
}
