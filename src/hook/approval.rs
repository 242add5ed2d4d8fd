//! Whether the user approved a program (docs/hooks.md, approval).

use std::path::Path;

use crate::crypto::framing::sha256;
use crate::machine::{Approval, Approvals, State, StateError, Subject};
use crate::model::hook::HookName;
use crate::store::{Directory, Files, StoreError};

/// The largest program in a vault, in bytes.
const FILE_LIMIT: u64 = 16 << 20;
/// The largest program of this machine, in bytes: some are linked with everything they need.
const PROGRAM_LIMIT: u64 = 256 << 20;

/// A program that runs only with approval, read once: what is shown, approved and run are the same bytes.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The hook that runs it.
    pub name: String,
    /// SHA-256 of its content.
    pub digest: [u8; 32],
    /// The program.
    pub content: Vec<u8>,
}

/// Why a hook has no approval.
#[derive(Debug, thiserror::Error)]
pub enum ApprovalError {
    /// Its file cannot be read.
    #[error(transparent)]
    Unreadable(#[from] StoreError),
    /// There is no such file.
    #[error("the hook `{0}` does not exist")]
    Absent(
        /// The hook.
        String,
    ),
    /// The list of approvals cannot be used.
    #[error(transparent)]
    List(#[from] StateError),
    /// The user did not approve this content.
    #[error("the hook `{hook}` {}", unapproved(*changed))]
    NotApproved {
        hook: String,
        /// SHA-256 of its content now.
        digest: [u8; 32],
        /// Another content was approved under its name before.
        changed: bool,
    },
    /// The user did not approve what this rule for events does here.
    #[error("the rule `{rule}` {}", unapproved(*changed))]
    RuleNotApproved {
        rule: String,
        /// Other targets or another content of a program were approved before.
        changed: bool,
    },
    /// The user did not approve that this secret is rotated like this.
    #[error("the rotation of `{secret}` {}", unapproved(*changed))]
    RotationNotApproved {
        secret: String,
        /// Another hook, other options or another content of the program were approved before.
        changed: bool,
    },
}

fn unapproved(changed: bool) -> &'static str {
    if changed { "changed since it was approved on this machine" } else { "is not approved on this machine" }
}

impl Candidate {
    /// The program of a hook as it is now; `None` for the built-in strategies.
    pub fn of(root: &Path, hook: &HookName) -> Result<Option<Candidate>, ApprovalError> {
        let content = match hook {
            HookName::Builtin(_) => return Ok(None),
            HookName::File(file) | HookName::Lambda(file) => {
                Directory::open(root)?.read(&format!("hooks/{file}"), FILE_LIMIT)?
            }
            HookName::Program(path) => read_program(Path::new(path))?,
        };
        let content = content.ok_or_else(|| ApprovalError::Absent(hook.to_string()))?;
        Ok(Some(Candidate { name: hook.to_string(), digest: sha256(&content), content }))
    }

    /// The entry that the list of approvals must contain before it runs.
    pub(super) fn approval(&self) -> Approval {
        Approval { subject: Subject::Program(self.name.clone()), digest: self.digest }
    }

    /// Refuses what the user did not approve.
    pub(crate) fn require_approval(&self, state: &State) -> Result<(), ApprovalError> {
        let (approvals, approval) = (Approvals::load(state)?, self.approval());
        if approvals.holds(&approval) {
            return Ok(());
        }
        let changed = approvals.knows(&approval.subject);
        Err(ApprovalError::NotApproved { hook: self.name.clone(), digest: self.digest, changed })
    }

    /// Remembers that the user approves exactly this.
    pub fn approve(&self, state: &State) -> Result<(), StateError> {
        Approvals::approve(state, &[self.approval()])
    }
}

/// A program on this machine. It may be a link, like any program; what counts is the file that it points to.
fn read_program(path: &Path) -> Result<Option<Vec<u8>>, ApprovalError> {
    let Ok(path) = path.canonicalize() else { return Ok(None) };
    let (Some(directory), Some(leaf)) = (path.parent(), path.file_name().and_then(|leaf| leaf.to_str())) else {
        return Ok(None);
    };
    Ok(Directory::open(directory)?.read(leaf, PROGRAM_LIMIT)?)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::model::id::VaultId;
    use crate::store::Problem;

    fn candidate(root: &Path, hook: &str) -> Result<Option<Candidate>, ApprovalError> {
        Candidate::of(root, &hook.parse().unwrap())
    }

    #[test]
    fn a_changed_file_is_not_approved_any_more() {
        let dir = tempfile::tempdir().unwrap();
        let state = State::new(&dir.path().join("state"), VaultId([7; 32]), dir.path());
        fs::create_dir(dir.path().join("hooks")).unwrap();
        fs::write(dir.path().join("hooks/a.sh"), "#!/bin/sh\n").unwrap();
        let first = candidate(dir.path(), "a.sh").unwrap().unwrap();
        let refused = first.require_approval(&state).unwrap_err();
        assert_eq!(refused.to_string(), "the hook `a.sh` is not approved on this machine");
        first.approve(&state).unwrap();
        first.require_approval(&state).unwrap();
        fs::write(dir.path().join("hooks/a.sh"), "#!/bin/sh\nx\n").unwrap();
        let changed = candidate(dir.path(), "a.sh").unwrap().unwrap().require_approval(&state).unwrap_err();
        assert_eq!(changed.to_string(), "the hook `a.sh` changed since it was approved on this machine");
        let as_lambda = candidate(dir.path(), "lambda:a.sh").unwrap().unwrap().require_approval(&state);
        assert!(matches!(as_lambda, Err(ApprovalError::NotApproved { changed: false, .. })));
    }

    #[test]
    fn links_in_a_vault_are_refused_and_those_to_a_program_followed() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("hooks")).unwrap();
        fs::write(dir.path().join("real"), "#!/bin/sh\n").unwrap();
        symlink("../real", dir.path().join("hooks/link")).unwrap();
        symlink("..", dir.path().join("hooks/up")).unwrap();
        for hook in ["link", "up/real", "lambda:link"] {
            let Err(ApprovalError::Unreadable(error)) = candidate(dir.path(), hook) else { panic!("{hook}") };
            assert!(matches!(error.problem, Problem::Symlink), "{error}");
        }
        let program = dir.path().join("hooks/link");
        let read = candidate(dir.path(), program.to_str().unwrap()).unwrap().unwrap();
        assert_eq!(read.content, b"#!/bin/sh\n");
        for hook in ["absent", "/absent/program"] {
            assert!(matches!(candidate(dir.path(), hook), Err(ApprovalError::Absent(_))));
        }
    }

    #[test]
    fn strategies_are_no_programs() {
        let dir = tempfile::tempdir().unwrap();
        assert!(candidate(dir.path(), "builtin:http").unwrap().is_none());
    }
}
