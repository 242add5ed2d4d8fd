//! What a rotation passes to a hook, and whether the user of this machine approved exactly that (docs/hooks.md,
//! approval).
//!
//! The plan says what is passed, and its signer may do that. But a rotation runs a program with the rights of the user who
//! runs it, so a machine approves a plan and the program together.

use super::approval::{ApprovalError, Candidate};
use crate::crypto::framing::{lp, sha256};
use crate::engine::ConfirmedPlan;
use crate::format::schema::emit_plan;
use crate::machine::{Approval, Approvals, State, StateError, Subject};
use crate::model::id::VaultId;
use crate::model::name::SecretName;
use crate::model::secret::Plan;
use crate::model::time::Timestamp;

/// A plan that holds, its program read once.
#[derive(Debug, Clone)]
pub struct Handover {
    /// What the hook gets, and for which secret.
    pub plan: ConfirmedPlan,
    /// The program; `None` for a strategy.
    pub program: Option<Candidate>,
}

impl Handover {
    /// What is passed when this plan runs.
    pub fn of(state: &State, plan: ConfirmedPlan) -> Result<Handover, ApprovalError> {
        let program = Candidate::of(state.root(), plan.hook())?;
        Ok(Handover { plan, program })
    }

    /// SHA-256 over the digests of the plan's text and of the program, each with its length.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let program = self.program.as_ref().map_or(&[][..], |program| &program.digest);
        let mut message = Vec::new();
        for part in [b"vault/v2/rotation", &self.plan.digest()[..], program] {
            lp(&mut message, part);
        }
        sha256(&message)
    }

    /// Refuses what the user did not approve. A strategy without options and administrator is vault itself, with this
    /// secret alone.
    pub(crate) fn require_approval(&self, state: &State) -> Result<(), ApprovalError> {
        if self.program.is_none() && self.plan.options().is_empty() && self.plan.admin().is_none() {
            return Ok(());
        }
        let approvals = Approvals::load(state)?;
        if self.approvals().iter().all(|approval| approvals.holds(approval)) {
            return Ok(());
        }
        let rotation = self.approval();
        let changed = approvals.knows(&rotation.subject) && !approvals.holds(&rotation);
        Err(ApprovalError::RotationNotApproved { secret: self.plan.secret().to_string(), changed })
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
        Approval { subject: Subject::Rotation(self.plan.secret().to_string()), digest: self.digest() }
    }

    /// The program is approved on its own too, so that revoking it stops every rotation that uses it.
    fn approvals(&self) -> Vec<Approval> {
        self.program.iter().map(Candidate::approval).chain([self.approval()]).collect()
    }
}

/// What somebody confirms who has been shown a plan that is not signed yet: all but the instant, and the program.
pub(crate) fn proposal_digest(plan: &Plan, vault: &VaultId, program: Option<&Candidate>) -> [u8; 32] {
    let timeless = Plan { created: Timestamp::from_unix(0), ..plan.clone() };
    let program = program.map_or(&[][..], |program| &program.digest);
    let mut message = Vec::new();
    for part in [b"vault/v2/confirm", emit_plan(&timeless, vault).as_bytes(), program] {
        lp(&mut message, part);
    }
    sha256(&message)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::model::secret::sample::signed_plan;

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

        fn handover(&self, secret: &str, hook: &str, options: &[(&str, &str)], change: impl Fn(&mut Plan)) -> Handover {
            let mut plan = signed_plan(1, None).plan().clone();
            (plan.secret, plan.terms.hook) = (secret.parse().unwrap(), hook.parse().unwrap());
            plan.terms.options = options.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
            change(&mut plan);
            Handover::of(&self.state, ConfirmedPlan::unchecked(plan)).unwrap()
        }

        fn refusal(&self, handover: &Handover) -> String {
            handover.require_approval(&self.state).err().map(|error| error.to_string()).unwrap_or_default()
        }
    }

    fn nothing(_: &mut Plan) {}

    const CHANGED: &str = "the rotation of `dev/x` changed since it was approved on this machine";

    #[test]
    fn nothing_but_what_was_approved_is_handed_over() {
        let place = Place::new();
        let file = ("file", "/srv/token");
        let approved = place.handover("dev/x", "a.sh", &[file], nothing);
        assert_eq!(place.refusal(&approved), "the rotation of `dev/x` is not approved on this machine");
        approved.program.as_ref().unwrap().approve(&place.state).unwrap();
        assert_eq!(place.refusal(&approved), "the rotation of `dev/x` is not approved on this machine");
        approved.approve(&place.state).unwrap();
        assert_eq!(place.refusal(&approved), "");
        for other in [
            place.handover("dev/x", "a.sh", &[], nothing),
            place.handover("dev/x", "a.sh", &[("file", "/home/ana/.bashrc")], nothing),
            place.handover("dev/x", "a.sh", &[file], |plan| plan.terms.admin = Some("prod/root".parse().unwrap())),
            place.handover("dev/x", "a.sh", &[file], |plan| plan.serial = 2),
            place.handover("dev/x", "a.sh", &[file], |plan| plan.by = "bob".parse().unwrap()),
            place.handover("dev/x", "lambda:a.sh", &[file], nothing),
            place.handover("dev/x", "builtin:http", &[file], nothing),
        ] {
            assert_eq!(place.refusal(&other), CHANGED, "{other:?}");
        }
        let other = place.handover("dev/y", "a.sh", &[file], nothing);
        assert_eq!(place.refusal(&other), "the rotation of `dev/y` is not approved on this machine");
        fs::write(place.state.root().join("hooks/a.sh"), "#!/bin/sh\nx\n").unwrap();
        assert_eq!(place.refusal(&place.handover("dev/x", "a.sh", &[file], nothing)), CHANGED);
    }

    #[test]
    fn a_new_approval_withdraws_the_one_before() {
        let place = Place::new();
        let of = |length| place.handover("dev/x", "builtin:random", &[("length", length)], nothing);
        let (before, now) = (of("1"), of("2"));
        before.approve(&place.state).unwrap();
        now.approve(&place.state).unwrap();
        assert_eq!((place.refusal(&before).as_str(), place.refusal(&now).as_str()), (CHANGED, ""));
        Handover::revoke(&place.state, now.plan.secret()).unwrap();
        assert_eq!(place.refusal(&now), "the rotation of `dev/x` is not approved on this machine");
        let bare = place.handover("dev/x", "builtin:random", &[], nothing);
        assert_eq!(place.refusal(&bare), "", "vault itself, and no option");
    }

    #[test]
    fn a_proposal_is_the_whole_plan_but_for_its_instant() {
        let plan = signed_plan(1, None).plan().clone();
        let digest = |plan: &Plan| proposal_digest(plan, &VaultId([7; 32]), None);
        let later = Plan { created: Timestamp::from_unix(9), ..plan.clone() };
        assert_eq!(digest(&later), digest(&plan));
        assert_ne!(digest(&Plan { serial: 2, ..plan.clone() }), digest(&plan));
    }
}
