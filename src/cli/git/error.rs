//! Why git was of no help, and what to do about it.

use std::path::{Path, PathBuf};

use crate::cli::advice::advice::{Advice, advice};
use crate::cli::exit::Exit;
use crate::cli::terminal::escape;
use crate::model::shell;

/// Why git failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GitError {
    /// No git on the search path.
    #[error("git was not found on the search path")]
    Absent,
    /// The vault is not in a repository.
    #[error("`{}` is not in a git repository", .0.display())]
    NoRepository(PathBuf),
    /// The vault's directory looks like a repository itself.
    #[error("git takes `{}` for a repository of its own: it contains `HEAD`, `objects` and `refs`", .0.display())]
    Disguised(PathBuf),
    /// The repository is elsewhere, and only a variable says where.
    #[error("`{}` is not in a git repository, and `GIT_DIR` is not used", .0.display())]
    Detour(PathBuf),
    /// Another git holds the lock of the index.
    #[error("another git is at work: `{}` exists", .0.display())]
    Locked(PathBuf),
    /// Git could not be started or used.
    #[error("git could not be run: {0}")]
    Io(#[from] std::io::Error),
    /// Git refused.
    #[error("git {verb} failed: {message}")]
    Failed {
        verb: String,
        /// The last thing it said.
        message: String,
    },
    /// Git has no user name for the commit.
    #[error("git does not know who you are")]
    Nobody,
    /// Git's output was unexpected.
    #[error("git {0} printed unexpected output")]
    Answer(&'static str),
    /// No branch is checked out.
    #[error("no branch is checked out")]
    Detached,
    #[error("the branch `{0}` has no upstream")]
    NoUpstream(String),
    /// A merge, a rebase or the like is in progress.
    #[error("a {0} is in progress")]
    Unfinished(&'static str),
    /// The remote could not be reached, or refused.
    #[error("git {verb} failed: {message}")]
    Remote {
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
    /// A name that is not a commit.
    #[error("there is no commit `{0}`")]
    NoCommit(String),
    /// A name that is not a commit in a clone without its history.
    #[error("there is no commit `{0}` in this clone, which is shallow")]
    BeyondShallow(String),
    /// Both sides of a merge changed members or keys, each in its own way.
    #[error("{0}")]
    Team(String),
    /// Conflicts that a person decides.
    #[error("{0} left")]
    Conflicts(String),
    /// The upstream has documents in an older state than before. Names the first commit that did it.
    #[error("the upstream rolls documents back, from commit {} on; nothing was merged", .0.get(..10).unwrap_or(.0))]
    WentBack(String),
    /// The document of a key that was brought back.
    #[error("`{0}` is an earlier state that a commit has changed since")]
    LeftBehind(String),
    /// Somebody else was faster each time.
    #[error("the remote branch moved {0} times while this was merged")]
    Outrun(u32),
}

impl GitError {
    /// Whether there is no repository to ask.
    pub(crate) fn is_without_repository(&self) -> bool {
        matches!(self, GitError::Absent | GitError::NoRepository(_) | GitError::Detour(_) | GitError::Disguised(_))
    }

    pub(crate) fn advice(&self) -> Advice {
        match self {
            GitError::Absent => advice("no-git", Exit::NotFound).hint("install git, or add its directory to PATH"),
            GitError::NoRepository(_) => advice("no-repository", Exit::NotFound).hint("create one with `git init`"),
            GitError::Disguised(_) => advice("no-repository", Exit::Tampered).hint(
                "no vault has these files: `git log` of the project shows who added them; remove them, and `config` \
                 beside them",
            ),
            GitError::Detour(_) => advice("no-repository", Exit::NotFound).hint(
                "vault looks for the repository around the vault only; keep the vault in its work tree, and run git \
                 yourself with that variable",
            ),
            GitError::Locked(lock) => locked(lock),
            GitError::Io(_) | GitError::Answer(_) | GitError::Failed { .. } => advice("git", Exit::Other),
            GitError::Nobody => advice("git", Exit::Other)
                .hint("`git config --global user.name NAME` and `git config --global user.email ADDRESS` set it"),
            GitError::Detached => advice("detached", Exit::Conflict).hint("check out a branch with `git switch`"),
            GitError::NoUpstream(branch) => advice("no-upstream", Exit::NotFound)
                .hint(format!("`git push --set-upstream REMOTE {branch}` sets one")),
            GitError::Unfinished(what) => advice("unfinished", Exit::Conflict)
                .hint("`vault resolve` merges documents in conflict")
                .hint(match *what {
                    "merge" => "then `git commit` completes it; `git merge --abort` aborts it".to_owned(),
                    what => format!("then `git {what} --continue` completes it; `git {what} --abort` aborts it"),
                }),
            GitError::Unmerged { is_vaults: true, .. } => {
                advice("merge-conflict", Exit::Conflict).hint("`vault resolve` merges documents in conflict")
            }
            GitError::Unmerged { is_vaults: false, .. } => {
                advice("merge-conflict", Exit::Conflict).hint("fix the file, then run `git add FILE`")
            }
            GitError::Remote { .. } => advice("remote", Exit::Other).hint(
                "nothing is lost: what you committed is in this clone; run `vault sync` again when the remote accepts \
                 it",
            ),
            GitError::Uncommitted(_) => {
                advice("uncommitted", Exit::Conflict).hint("commit them with git, or add `--commit`")
            }
            GitError::Chain => advice("trust-conflict", Exit::Conflict).hint(
                "an admin runs `vault trust rebase`, then `vault resolve`, and continues with git or `vault sync`",
            ),
            GitError::NoCommit(_) => advice("no-commit", Exit::NotFound),
            GitError::BeyondShallow(_) => advice("no-commit", Exit::NotFound)
                .hint("`git fetch --unshallow` fetches the history; in CI, `fetch-depth: 0`"),
            GitError::Team(_) => advice("merge-conflict", Exit::Conflict)
                .hint("`vault trust rebase --ours` or `--theirs` chooses a side if both changed the same thing")
                .hint(
                    "changes by somebody who is not an admin on the other side are discarded with their side; create \
                     keys with the same name again",
                ),
            GitError::Conflicts(_) => advice("merge-conflict", Exit::Conflict)
                .hint("`vault resolve --ours` or `vault resolve --theirs` chooses a side if no rule decides"),
            GitError::WentBack(commit) => advice("rollback", Exit::Tampered)
                .hint(format!("find out why: `git show {}` shows who committed it", commit.get(..10).unwrap_or(commit)))
                .hint("to undo it, `git merge @{upstream}`, `git checkout COMMIT^ -- FILE`, commit and `vault sync`")
                .hint("if it was intended, `git merge @{upstream}`, `vault accept NAME`, commit and `vault sync`"),
            GitError::LeftBehind(_) => advice("rollback", Exit::Tampered)
                .hint("`git log` of the file shows who brought it back; restore the state before that commit"),
            GitError::Outrun(_) => advice("busy", Exit::Conflict).hint("run `vault sync` again"),
        }
    }
}

/// What to do about a lock that nobody releases.
fn locked(lock: &Path) -> Advice {
    let hint = format!("if no git is running, a crash left it: `rm {}`", quoted(&lock.to_string_lossy()));
    advice("busy", Exit::Conflict).hint(hint)
}

/// A change that is stored and that git did not commit.
#[derive(Debug, thiserror::Error)]
#[error("the change is stored in the vault, but not committed: {error}")]
pub(crate) struct NotCommitted {
    pub(super) error: GitError,
    /// The vault's directory.
    pub(super) directory: String,
    /// The message that the commit would have had.
    pub(super) message: Option<String>,
}

impl NotCommitted {
    pub(crate) fn advice(&self) -> Advice {
        let git = format!("git -C {}", quoted(&self.directory));
        let subject = self.message.as_deref().and_then(|message| message.lines().next());
        let hint = match (&self.error, subject) {
            (GitError::Unmerged { .. }, _) => "you need not repeat it: commit it after that".into(),
            (GitError::Unfinished(_), _) => format!("`{git} add .` includes the change; you need not repeat it"),
            (_, Some(subject)) => format!(
                "you need not repeat it: once git accepts it, `{git} add . && {git} commit -m {} .`",
                quoted(subject)
            ),
            (_, None) => "you need not repeat it".into(),
        };
        Advice { code: "not-committed", exit: Exit::Other, ..self.error.advice() }.hint(hint)
    }
}

/// A word for a shell.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    if word.chars().all(is_plain) { word.to_owned() } else { shell::quoted(&escape::line(word)) }
}
