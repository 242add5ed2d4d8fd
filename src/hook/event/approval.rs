//! Whether the user of this machine approved what a rule does here: the programs it runs with their arguments, and the files it
//! writes.
//!
//! An admin signs a rule, but a program runs with the rights of the user of each machine, so each approves it, together with the
//! content of its programs. Requests to URLs need no approval: they tell what an admin may tell anyway.

use crate::crypto::framing::{lp, sha256};
use crate::hook::approval::{ApprovalError, Candidate};
use crate::machine::{Approval, Approvals, State, StateError, Subject};
use crate::model::event::{Rule, Target, TargetKind};
use crate::model::hook::HookName;

/// What runs and is written here because of a rule.
#[derive(Debug, Clone)]
pub(crate) struct RuleApproval {
    name: String,
    targets: Vec<Target>,
    /// The program of each target, if it has one.
    programs: Vec<Option<Candidate>>,
}

impl RuleApproval {
    /// That of a rule, its programs read once.
    pub(crate) fn of(state: &State, rule: &Rule) -> Result<Self, ApprovalError> {
        let programs = rule.targets.iter().map(|target| match hook(target) {
            Some(hook) => Candidate::of(state.root(), &hook),
            None => Ok(None),
        });
        let programs = programs.collect::<Result<_, _>>()?;
        Ok(RuleApproval { name: rule.name.to_string(), targets: rule.targets.clone(), programs })
    }

    /// SHA-256 over every target that needs an approval, each part with its length, and the digests of the programs.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let mut message = Vec::new();
        lp(&mut message, b"vault/v2/event");
        for (target, program) in self.targets.iter().zip(&self.programs) {
            if matches!(target.kind, TargetKind::Webhook | TargetKind::Aws) {
                continue;
            }
            let mut parts = Vec::new();
            lp(&mut parts, target.kind.as_str().as_bytes());
            lp(&mut parts, target.to.as_bytes());
            target.arguments.iter().for_each(|argument| lp(&mut parts, argument.as_bytes()));
            lp(&mut message, &parts);
            lp(&mut message, program.as_ref().map_or(&[][..], |program| &program.digest));
        }
        sha256(&message)
    }

    /// The digest of each program, by its name.
    pub(crate) fn programs(&self) -> impl Iterator<Item = &Candidate> {
        self.programs.iter().flatten()
    }

    /// The program of a target.
    pub(super) fn program(&self, target: usize) -> Option<&Candidate> {
        self.programs.get(target)?.as_ref()
    }

    /// Refuses what the user did not approve.
    pub(crate) fn require(&self, state: &State) -> Result<(), ApprovalError> {
        let approvals = Approvals::load(state)?;
        if self.approvals().iter().all(|approval| approvals.holds(approval)) {
            return Ok(());
        }
        let own = self.own();
        let changed = approvals.knows(&own.subject) && !approvals.holds(&own);
        Err(ApprovalError::RuleNotApproved { rule: self.name.clone(), changed })
    }

    /// Remembers that the user approves exactly this; it replaces any earlier approval of the rule.
    pub(crate) fn approve(&self, state: &State) -> Result<(), StateError> {
        Approvals::revoke(state, &self.own().subject)?;
        Approvals::approve(state, &self.approvals())
    }

    /// No hook has a name with a colon in it, so it cannot be taken for one.
    fn own(&self) -> Approval {
        Approval { subject: Subject::Program(format!("event:{}", self.name)), digest: self.digest() }
    }

    /// The programs are approved on their own too, so that revoking one stops every rule that runs it.
    fn approvals(&self) -> Vec<Approval> {
        self.programs().map(Candidate::approval).chain([self.own()]).collect()
    }
}

/// The program of a target, as a hook is named.
pub(super) fn hook(target: &Target) -> Option<HookName> {
    if target.kind == TargetKind::Program { target.to.parse().ok() } else { None }
}
