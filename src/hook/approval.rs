//! What of a hook needs the user's word before it runs, and whether that was given (docs/hooks.md, approval).

use std::collections::BTreeMap;
use std::path::Path;

use crate::crypto::framing::sha256;
use crate::machine::{Approval, Approvals, State, StateError};
use crate::model::hook::{HookName, Strategy};
use crate::store::{Directory, StoreError};

/// The largest program in a vault, in bytes.
const FILE_LIMIT: u64 = 16 << 20;
/// The largest program of this machine, in bytes: some are linked with everything they need.
const PROGRAM_LIMIT: u64 = 256 << 20;

/// Something that runs only with approval, read once: what is shown, approved and run are the same bytes.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Its name and digest, as they are approved.
    pub approval: Approval,
    /// The program; for `builtin:http` the address.
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
    /// `builtin:http` without an address.
    #[error("the hook builtin:http needs the option `url`")]
    NoAddress,
    /// The list of approvals cannot be used.
    #[error(transparent)]
    List(#[from] StateError),
    /// The user did not approve this content.
    #[error("{}", unapproved(hook, *changed))]
    NotApproved {
        /// The hook.
        hook: String,
        /// SHA-256 of its content now.
        digest: [u8; 32],
        /// Another content was approved under its name before.
        changed: bool,
    },
}

fn unapproved(hook: &str, changed: bool) -> String {
    let state = if changed { "changed since it was approved" } else { "is not approved" };
    format!("the hook `{hook}` {state} on this machine")
}

impl Candidate {
    /// What needs approval before `hook` runs with these options; nothing for the strategies that stay on this machine or go
    /// where the secret itself says.
    pub fn of(
        root: &Path,
        hook: &HookName,
        options: &BTreeMap<String, String>,
    ) -> Result<Option<Candidate>, ApprovalError> {
        let content = match hook {
            HookName::Builtin(Strategy::Http) => {
                let url = options.get("url").filter(|url| !url.contains(char::is_control));
                return Ok(Some(Candidate::address(url.ok_or(ApprovalError::NoAddress)?)));
            }
            HookName::Builtin(_) => return Ok(None),
            HookName::File(file) | HookName::Lambda(file) => {
                Directory::open(root)?.read(&format!("hooks/{file}"), FILE_LIMIT)?
            }
            HookName::Program(path) => read_program(Path::new(path))?,
        };
        let content = content.ok_or_else(|| ApprovalError::Absent(hook.to_string()))?;
        let approval = Approval { name: hook.to_string(), digest: sha256(&content) };
        Ok(Some(Candidate { approval, content }))
    }

    /// Values go to this address, so each one is approved by itself.
    fn address(url: &str) -> Candidate {
        let name = format!("builtin:http {url}");
        Candidate { approval: Approval { digest: sha256(name.as_bytes()), name }, content: url.into() }
    }

    /// Refuses what the user did not approve.
    pub fn require_approval(&self, state: &State) -> Result<(), ApprovalError> {
        let approvals = Approvals::load(state)?;
        if approvals.holds(&self.approval) {
            return Ok(());
        }
        let Approval { name, digest } = self.approval.clone();
        Err(ApprovalError::NotApproved { changed: approvals.knows(&name), hook: name, digest })
    }

    /// Remembers that the user approves exactly this.
    pub fn approve(&self, state: &State) -> Result<(), StateError> {
        Approvals::approve(state, &self.approval)
    }
}

/// A program of this machine. Links lead to it as to any program; what counts is what is read at their end.
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

    fn candidate(root: &Path, hook: &str, options: &[(&str, &str)]) -> Result<Option<Candidate>, ApprovalError> {
        let options = options.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        Candidate::of(root, &hook.parse().unwrap(), &options)
    }

    #[test]
    fn a_changed_file_is_not_approved_any_more() {
        let dir = tempfile::tempdir().unwrap();
        let state = State::new(&dir.path().join("state"), VaultId([7; 32]), dir.path());
        fs::create_dir(dir.path().join("hooks")).unwrap();
        fs::write(dir.path().join("hooks/a.sh"), "#!/bin/sh\n").unwrap();
        let first = candidate(dir.path(), "a.sh", &[]).unwrap().unwrap();
        let refused = first.require_approval(&state).unwrap_err();
        assert_eq!(refused.to_string(), "the hook `a.sh` is not approved on this machine");
        first.approve(&state).unwrap();
        first.require_approval(&state).unwrap();
        fs::write(dir.path().join("hooks/a.sh"), "#!/bin/sh\nx\n").unwrap();
        let changed = candidate(dir.path(), "a.sh", &[]).unwrap().unwrap().require_approval(&state).unwrap_err();
        assert_eq!(changed.to_string(), "the hook `a.sh` changed since it was approved on this machine");
        let as_lambda = candidate(dir.path(), "lambda:a.sh", &[]).unwrap().unwrap().require_approval(&state);
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
            let Err(ApprovalError::Unreadable(error)) = candidate(dir.path(), hook, &[]) else { panic!("{hook}") };
            assert!(matches!(error.problem, Problem::Symlink), "{error}");
        }
        let program = dir.path().join("hooks/link");
        let read = candidate(dir.path(), program.to_str().unwrap(), &[]).unwrap().unwrap();
        assert_eq!(read.content, b"#!/bin/sh\n");
        for hook in ["absent", "/absent/program"] {
            assert!(matches!(candidate(dir.path(), hook, &[]), Err(ApprovalError::Absent(_))));
        }
    }

    #[test]
    fn of_the_strategies_only_http_is_approved_by_its_address() {
        let dir = tempfile::tempdir().unwrap();
        assert!(candidate(dir.path(), "builtin:postgres", &[]).unwrap().is_none());
        let http = candidate(dir.path(), "builtin:http", &[("url", "https://x/y")]).unwrap().unwrap();
        assert_eq!(http.approval.digest, sha256(b"builtin:http https://x/y"));
        assert!(matches!(candidate(dir.path(), "builtin:http", &[]), Err(ApprovalError::NoAddress)));
        assert!(matches!(candidate(dir.path(), "builtin:http", &[("url", "a\nb")]), Err(ApprovalError::NoAddress)));
    }
}
