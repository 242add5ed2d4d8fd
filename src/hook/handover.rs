//! What a rotation passes to a hook, and whether the user of this machine approved exactly that (docs/hooks.md,
//! approval).
//!
//! Anyone who may write a secret decides which hook rotates it, with which options, and which administrator's secret is
//! passed along; the rotation runs with the rights of the user who runs it. So a machine approves all of that together,
//! for one secret.

use std::collections::BTreeMap;

use super::approval::{ApprovalError, Candidate};
use crate::crypto::framing::{lp, sha256};
use crate::machine::{Approval, Approvals, State, StateError, Subject};
use crate::model::hook::HookName;
use crate::model::name::SecretName;

/// A rotation as it is configured now, its program read once.
#[derive(Debug, Clone)]
pub struct Handover {
    /// The secret that is rotated.
    pub secret: SecretName,
    /// What does the steps.
    pub hook: HookName,
    /// All options of the hook; `admin` names a secret whose value it gets too.
    pub options: BTreeMap<String, String>,
    /// The program; `None` for a strategy.
    pub program: Option<Candidate>,
}

impl Handover {
    /// What is passed when this hook runs with these options for this secret.
    pub fn of(
        state: &State,
        secret: &SecretName,
        hook: &HookName,
        options: &BTreeMap<String, String>,
    ) -> Result<Handover, ApprovalError> {
        let program = Candidate::of(state.root(), hook)?;
        Ok(Handover { secret: secret.clone(), hook: hook.clone(), options: options.clone(), program })
    }

    /// SHA-256 over the secret, the hook, the digest of its program and the options in their order, each with its length.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let (secret, hook) = (self.secret.as_str(), self.hook.to_string());
        let program = self.program.as_ref().map_or(&[][..], |program| &program.digest);
        let mut message = Vec::new();
        for part in [b"vault/v1/rotation", secret.as_bytes(), hook.as_bytes(), program] {
            lp(&mut message, part);
        }
        for part in self.options.iter().flat_map(|(name, value)| [name, value]) {
            lp(&mut message, part.as_bytes());
        }
        sha256(&message)
    }

    /// Refuses what the user did not approve. A strategy without options is vault itself, with this secret alone.
    pub(crate) fn require_approval(&self, state: &State) -> Result<(), ApprovalError> {
        if self.program.is_none() && self.options.is_empty() {
            return Ok(());
        }
        let approvals = Approvals::load(state)?;
        if self.approvals().iter().all(|approval| approvals.holds(approval)) {
            return Ok(());
        }
        let rotation = self.approval();
        let changed = approvals.knows(&rotation.subject) && !approvals.holds(&rotation);
        Err(ApprovalError::RotationNotApproved { secret: self.secret.to_string(), changed })
    }

    /// Remembers that the user approves exactly this; it replaces any earlier approval for the secret.
    pub fn approve(&self, state: &State) -> Result<(), StateError> {
        Approvals::approve(state, &self.approvals())
    }

    /// Revokes the approval for a secret.
    pub(crate) fn revoke(state: &State, secret: &SecretName) -> Result<(), StateError> {
        Approvals::revoke(state, &Subject::Rotation(secret.to_string()))
    }

    fn approval(&self) -> Approval {
        Approval { subject: Subject::Rotation(self.secret.to_string()), digest: self.digest() }
    }

    /// The program is approved on its own too, so that revoking it stops every rotation that uses it.
    fn approvals(&self) -> Vec<Approval> {
        self.program.iter().map(Candidate::approval).chain([self.approval()]).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::model::id::VaultId;

    struct Place {
        _dir: tempfile::TempDir,
        state: State,
    }

    impl Place {
        fn new() -> Place {
            let dir = tempfile::tempdir().unwrap();
            fs::create_dir(dir.path().join("hooks")).unwrap();
            fs::write(dir.path().join("hooks/a.sh"), "#!/bin/sh\n").unwrap();
            let state = State::new(&dir.path().join("state"), VaultId([7; 32]), dir.path());
            Place { _dir: dir, state }
        }

        fn handover(&self, secret: &str, hook: &str, options: &[(&str, &str)]) -> Handover {
            let options = options.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
            Handover::of(&self.state, &secret.parse().unwrap(), &hook.parse().unwrap(), &options).unwrap()
        }

        fn refusal(&self, handover: &Handover) -> String {
            handover.require_approval(&self.state).err().map(|error| error.to_string()).unwrap_or_default()
        }
    }

    const CHANGED: &str = "the rotation of `dev/x` changed since it was approved on this machine";

    #[test]
    fn nothing_but_what_was_approved_is_handed_over() {
        let place = Place::new();
        let file = ("file", "/srv/token");
        let approved = place.handover("dev/x", "a.sh", &[file]);
        assert_eq!(place.refusal(&approved), "the rotation of `dev/x` is not approved on this machine");
        approved.program.as_ref().unwrap().approve(&place.state).unwrap();
        assert_eq!(place.refusal(&approved), "the rotation of `dev/x` is not approved on this machine");
        approved.approve(&place.state).unwrap();
        assert_eq!(place.refusal(&approved), "");
        for other in [
            place.handover("dev/x", "a.sh", &[]),
            place.handover("dev/x", "a.sh", &[("file", "/home/ana/.bashrc")]),
            place.handover("dev/x", "a.sh", &[file, ("admin", "prod/root")]),
            place.handover("dev/x", "lambda:a.sh", &[file]),
            place.handover("dev/x", "builtin:http", &[file]),
        ] {
            assert_eq!(place.refusal(&other), CHANGED, "{other:?}");
        }
        let other = place.handover("dev/y", "a.sh", &[file]);
        assert_eq!(place.refusal(&other), "the rotation of `dev/y` is not approved on this machine");
        fs::write(place.state.root().join("hooks/a.sh"), "#!/bin/sh\nx\n").unwrap();
        assert_eq!(place.refusal(&place.handover("dev/x", "a.sh", &[file])), CHANGED);
    }

    #[test]
    fn a_new_approval_withdraws_the_one_before() {
        let place = Place::new();
        let [before, now] = ["1", "2"].map(|value| place.handover("dev/x", "builtin:random", &[("length", value)]));
        before.approve(&place.state).unwrap();
        now.approve(&place.state).unwrap();
        assert_eq!((place.refusal(&before).as_str(), place.refusal(&now).as_str()), (CHANGED, ""));
        Handover::revoke(&place.state, &now.secret).unwrap();
        assert_eq!(place.refusal(&now), "the rotation of `dev/x` is not approved on this machine");
        assert_eq!(place.refusal(&place.handover("dev/x", "builtin:random", &[])), "", "vault itself, and no option");
    }

    #[test]
    fn different_options_have_different_digests() {
        let place = Place::new();
        let digest = |options: &[(&str, &str)]| place.handover("a", "builtin:http", options).digest();
        let all = [digest(&[]), digest(&[("a", "bc")]), digest(&[("ab", "c")]), digest(&[("a", "b"), ("c", "")])];
        for (at, one) in all.iter().enumerate() {
            assert!(!all[at + 1..].contains(one));
        }
    }
}
