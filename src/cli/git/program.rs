//! Git itself: where it is, where it works, and what it answers.

use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::cli::advice::{Advice, advice, code};
use crate::cli::context::Context;
use crate::cli::terminal::escape;

/// Why git was of no help.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GitError {
    /// No git on the search path.
    #[error("git was not found on the search path")]
    Absent,
    /// The vault is in no repository.
    #[error("`{}` is in no git repository", .0.display())]
    NoRepository(PathBuf),
    /// Git could not be started or spoken to.
    #[error("git could not be run: {0}")]
    Io(#[from] std::io::Error),
    /// Git refused.
    #[error("git {verb} failed: {message}")]
    Failed {
        /// The subcommand.
        verb: String,
        /// The last thing it said.
        message: String,
    },
    /// Git has no name for whoever commits.
    #[error("git does not know who you are")]
    Nobody,
    /// Git answered something else than it was asked.
    #[error("git {0} gave an unexpected answer")]
    Answer(&'static str),
    /// No branch is checked out.
    #[error("no branch is checked out")]
    Detached,
    /// The branch has no upstream.
    #[error("the branch `{0}` has no upstream")]
    NoUpstream(String),
    /// A merge, a rebase or the like has begun and not ended.
    #[error("a {0} is under way")]
    Unfinished(&'static str),
    /// The remote could not be reached, or took nothing.
    #[error("git {verb} failed: {message}")]
    Remote {
        /// The subcommand.
        verb: &'static str,
        /// The last thing it said.
        message: String,
    },
    /// Files that are in conflict in the index.
    #[error("merge conflict in {paths}")]
    Unmerged {
        /// The first of them, and how many there are.
        paths: String,
        /// Whether one of them is the vault's.
        is_vaults: bool,
    },
    /// Documents that nobody committed.
    #[error("{0} not committed")]
    Uncommitted(String),
    /// The trust chain is in conflict.
    #[error("both sides changed members or keys")]
    Chain,
    /// A name that leads to no commit.
    #[error("there is no commit `{0}`")]
    NoCommit(String),
    /// Both sides of a merge changed members or keys, each in its own way.
    #[error("{0}")]
    Team(String),
    /// Conflicts that a person decides.
    #[error("{0} left")]
    Conflicts(String),
    /// The upstream has documents in an older state than before. Names the first commit that did it.
    #[error("the upstream takes documents back, from commit {} on; nothing was merged", .0.get(..10).unwrap_or(.0))]
    WentBack(String),
    /// The document of a key that was brought back.
    #[error("`{0}` is an earlier state, which a commit has changed since")]
    LeftBehind(String),
    /// Somebody else was faster each time.
    #[error("the remote branch moved {0} times while this was merged")]
    Outrun(u32),
}

impl GitError {
    pub(crate) fn advice(&self) -> Advice {
        match self {
            GitError::Absent => advice("no-git", code::NOT_FOUND, &["install git, or add its directory to PATH"]),
            GitError::NoRepository(_) => advice("no-repository", code::NOT_FOUND, &["make one with `git init`"]),
            GitError::Io(_) | GitError::Answer(_) | GitError::Failed { .. } => advice("git", code::OTHER, &[]),
            GitError::Nobody => advice(
                "git",
                code::OTHER,
                &["`git config --global user.name NAME` and `git config --global user.email ADDRESS` tell it"],
            ),
            GitError::Detached => advice("detached", code::CONFLICT, &["check out a branch with `git switch`"]),
            GitError::NoUpstream(branch) => Advice {
                code: "no-upstream",
                exit: code::NOT_FOUND,
                hints: vec![format!("`git push --set-upstream REMOTE {branch}` makes one")],
            },
            GitError::Unfinished(what) => Advice {
                code: "unfinished",
                exit: code::CONFLICT,
                hints: vec![
                    "`vault resolve` merges documents that are in conflict".into(),
                    match *what {
                        "merge" => "then `git commit` ends it; `git merge --abort` gives it up".into(),
                        what => format!("then `git {what} --continue` ends it; `git {what} --abort` gives it up"),
                    },
                ],
            },
            GitError::Unmerged { is_vaults: true, .. } => {
                advice("merge-conflict", code::CONFLICT, &["`vault resolve` merges documents that are in conflict"])
            }
            GitError::Unmerged { is_vaults: false, .. } => {
                advice("merge-conflict", code::CONFLICT, &["fix the file, and tell git with `git add FILE`"])
            }
            GitError::Remote { .. } => advice(
                "remote",
                code::OTHER,
                &[
                    "nothing is lost: what you committed is in this clone; run `vault sync` again when the remote takes it",
                ],
            ),
            GitError::Uncommitted(_) => {
                advice("uncommitted", code::CONFLICT, &["commit them with git, or add `--commit`"])
            }
            GitError::Chain => advice(
                "trust-conflict",
                code::CONFLICT,
                &["an admin runs `vault trust rebase`, then `vault resolve`, and goes on with git or `vault sync`"],
            ),
            GitError::NoCommit(_) => advice("no-commit", code::NOT_FOUND, &[]),
            GitError::Team(_) => advice(
                "merge-conflict",
                code::CONFLICT,
                &[
                    "`vault trust rebase --ours` or `--theirs` takes one side where both changed the same thing",
                    "what somebody decided who is no admin on the other side is given up with the side that it is on; keys of one name are made again by hand",
                ],
            ),
            GitError::Conflicts(_) => advice(
                "merge-conflict",
                code::CONFLICT,
                &["`vault resolve --ours` or `vault resolve --theirs` takes one side where no rule decides"],
            ),
            GitError::WentBack(commit) => Advice {
                code: "rollback",
                exit: code::TAMPERED,
                hints: vec![
                    format!("find out why: `git show {}` says who committed it", commit.get(..10).unwrap_or(commit)),
                    "to undo it, `git merge @{upstream}`, `git checkout COMMIT^ -- FILE`, commit and `vault sync`"
                        .into(),
                    "if it was meant, `git merge @{upstream}`, `vault accept NAME`, commit and `vault sync`".into(),
                ],
            },
            GitError::LeftBehind(_) => advice(
                "rollback",
                code::TAMPERED,
                &["`git log` of the file says who brought it back; restore the state before that commit"],
            ),
            GitError::Outrun(_) => advice("busy", code::CONFLICT, &["run `vault sync` again"]),
        }
    }
}

/// A repository with a vault in it.
pub(crate) struct Git {
    program: PathBuf,
    /// The top directory of the work tree.
    pub(crate) top: PathBuf,
    /// The vault's directory below it, ending with a slash unless empty.
    pub(crate) prefix: String,
}

/// What a caller's git hook or alias says about its own work; it must not decide where ours happens.
const NOT_INHERITED: [&str; 6] =
    ["GIT_DIR", "GIT_WORK_TREE", "GIT_PREFIX", "GIT_EXTERNAL_DIFF", "GIT_LITERAL_PATHSPECS", "GIT_PAGER"];

/// Answers longer than this are cut when they are shown.
const SHOWN: usize = 600;

impl Git {
    /// The repository around a vault's directory.
    pub(crate) fn around(vault: &Path) -> Result<Self, GitError> {
        let directories = Context::trusted_search_directories().into_iter();
        let program = directories.map(|directory| directory.join("git")).find(|path| path.is_file());
        let mut git = Git { program: program.ok_or(GitError::Absent)?, top: vault.to_owned(), prefix: String::new() };
        let answer = git.output(&["rev-parse", "--show-toplevel", "--show-prefix"])?;
        if !answer.status.success() {
            return Err(GitError::NoRepository(vault.to_owned()));
        }
        let mut lines = answer.stdout.split(|&byte| byte == b'\n');
        let (top, prefix) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
        git.top = PathBuf::from(OsStr::from_bytes(top));
        git.prefix = String::from_utf8(prefix.to_vec()).map_err(|_| GitError::Answer("rev-parse"))?;
        Ok(git)
    }

    /// The part of a repository's path below the vault; nothing for a path outside.
    pub(crate) fn inside<'a>(&self, path: &'a str) -> Option<&'a str> {
        path.strip_prefix(self.prefix.as_str())
    }

    /// A path below the vault as the repository names it.
    pub(crate) fn outside(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }

    /// Runs git and returns what it prints.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<Vec<u8>, GitError> {
        let output = self.output(arguments)?;
        if output.status.success() { Ok(output.stdout) } else { Err(failed(arguments, &output)) }
    }

    /// Runs git and returns one line of text.
    pub(crate) fn line(&self, arguments: &[&str]) -> Result<String, GitError> {
        let text = self.run(arguments)?;
        Ok(String::from_utf8_lossy(&text).trim_end().to_owned())
    }

    /// Runs git, whatever it comes to.
    pub(crate) fn output(&self, arguments: &[&str]) -> Result<Output, GitError> {
        Ok(self.command(arguments).stdin(Stdio::null()).output()?)
    }

    /// Runs git over many paths, handed over on stdin.
    pub(crate) fn over(&self, arguments: &[&str], paths: &[String]) -> Result<(), GitError> {
        let mut all = arguments.to_vec();
        all.extend(["--pathspec-from-file=-", "--pathspec-file-nul"]);
        let text: Vec<u8> = paths.iter().flat_map(|path| [b":(literal)", path.as_bytes(), b"\0"].concat()).collect();
        let output = self.feed(&all, text)?;
        if output.status.success() { Ok(()) } else { Err(failed(arguments, &output)) }
    }

    /// The contents of objects, in their order.
    pub(crate) fn blobs(&self, ids: &[&str]) -> Result<Vec<Vec<u8>>, GitError> {
        let mut blobs = Vec::with_capacity(ids.len());
        self.each_object(ids, |_, content| {
            let mut blob = Vec::new();
            content.read_to_end(&mut blob)?;
            blobs.push(blob);
            Ok(())
        })?;
        if blobs.len() == ids.len() { Ok(blobs) } else { Err(GitError::Answer("cat-file")) }
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
        // In a thread of its own: git answers while it is being asked.
        let writer = std::thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&text)));
        let output = child.wait_with_output()?;
        // What git did not read it will have complained about.
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

fn failed(arguments: &[&str], output: &Output) -> GitError {
    let verb = arguments.iter().find(|word| !word.starts_with('-') && !word.contains('='));
    GitError::Failed { verb: (*verb.unwrap_or(&"")).to_owned(), message: said(output) }
}

/// What git said, on one line and not too long.
pub(crate) fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(if output.stderr.is_empty() { &output.stdout } else { &output.stderr });
    escape::line(text.trim()).chars().take(SHOWN).collect()
}
