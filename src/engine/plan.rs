//! Rotation plans: signed by a member, and confirmed before anything is taken from them (FORMAT.md, rotation plan).

use std::collections::BTreeMap;

use super::document::{Authored, Parsed};
use super::error::{Error, Result};
use super::plan_error::PlanError;
use super::refused::Checked;
use super::secrets::broken;
use super::signing::check_read_back;
use super::tampering::Tampering;
use super::vault::Vault;
use crate::crypto::framing::sha256;
use crate::format::path::secret_path;
use crate::format::probe;
use crate::format::schema::{emit_plan, parse_plan, read_plan};
use crate::machine::plans;
use crate::model::hook::HookName;
use crate::model::id::VaultId;
use crate::model::name::{MemberName, SecretName};
use crate::model::secret::{Pins, Plan, RotationTerms, Secret, SecretError, SignedPlan, Stage};
use crate::model::time::Timestamp;
use crate::model::trust::Kind;
use crate::model::value::SecretValue;

/// A plan that holds now: its signature is valid for this secret, its signer has the rights that it needs, and this
/// machine has seen no later one. `Vault::confirmed_plan` alone makes one, and whatever runs a hook takes what it runs
/// from here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfirmedPlan {
    plan: Plan,
    digest: [u8; 32],
}

impl ConfirmedPlan {
    /// The secret that is rotated.
    pub(crate) fn secret(&self) -> &SecretName {
        &self.plan.secret
    }

    /// What does the steps.
    pub(crate) fn hook(&self) -> &HookName {
        &self.plan.terms.hook
    }

    /// The secret whose value the hook gets besides.
    pub(crate) fn admin(&self) -> Option<&SecretName> {
        self.plan.terms.admin.as_ref()
    }

    /// The options of the hook.
    pub(crate) fn options(&self) -> &BTreeMap<String, String> {
        &self.plan.terms.options
    }

    /// All that was configured.
    pub(crate) fn terms(&self) -> &RotationTerms {
        &self.plan.terms
    }

    /// What a value must say.
    pub(crate) fn pinned(&self) -> &Pins {
        &self.plan.pinned
    }

    /// All that it says.
    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// SHA-256 of its text.
    pub(crate) fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Whether a hook gets the same with both: only when it runs may differ.
    pub(crate) fn passes_same(&self, other: &ConfirmedPlan) -> bool {
        let rules = None;
        let timeless = |plan: &ConfirmedPlan| RotationTerms { rules: rules.clone(), ..plan.terms().clone() };
        timeless(self) == timeless(other) && self.pinned() == other.pinned() && self.secret() == other.secret()
    }

    /// Refuses a value that the plan does not allow.
    pub(super) fn check_value(&self, value: &SecretValue) -> Result<()> {
        let violated = self.pinned().violated_by(value).map(str::to_owned);
        violated.map_or(Ok(()), |member| Err(plan_error(self.secret(), PlanError::Pinned(member))))
    }
}

#[cfg(test)]
impl ConfirmedPlan {
    /// One that nobody has signed.
    pub(crate) fn unchecked(plan: Plan) -> Self {
        let digest = sha256(emit_plan(&plan, &VaultId([7; 32])).as_bytes());
        ConfirmedPlan { plan, digest }
    }
}

impl Authored for Plan {
    fn parse(_: &str, body: &[u8], vault: &VaultId) -> Parsed<Self> {
        parse_plan(body, vault)
    }

    fn author(&self) -> &MemberName {
        &self.by
    }
}

impl Vault<'_> {
    /// The plan of a secret, if it holds.
    pub(crate) fn confirmed_plan(&self, secret: &Secret) -> Result<ConfirmedPlan> {
        let rotation = secret.rotation.as_ref().ok_or_else(|| broken(&secret.name, SecretError::NoHook))?;
        let failed = |error| plan_error(&secret.name, error);
        let signed = rotation.plan.signed().ok_or_else(|| failed(PlanError::Missing))?;
        let text = signed.text().as_bytes().to_vec();
        let verified = self.authority().verify::<Plan>(&plan_path(&secret.name)?, text);
        let plan = verified.map_err(|error| untrusted(&secret.name, error))?.document;
        if plan.secret != secret.name || plan.id != secret.id {
            return Err(failed(PlanError::Elsewhere));
        }
        if plan.trust > self.trust().rev {
            return Err(Error::TrustRollback { seen: plan.trust, found: self.trust().rev });
        }
        self.check_plan_rights(&plan.by, &secret.name, &plan.terms)?;
        let seen = plans::seen(&self.state, secret.id)?;
        if plan.serial < seen {
            return Err(failed(PlanError::RolledBack { found: plan.serial, seen }));
        }
        if plan.serial > seen && !self.files.is_rehearsal() {
            plans::record(&self.state, secret.id, plan.serial)?;
        }
        Ok(ConfirmedPlan { plan, digest: sha256(signed.text().as_bytes()) })
    }

    /// Signs a plan for a secret in the name of the current member, unless one with the same content holds.
    pub(crate) fn configure_rotation(
        &self,
        name: &SecretName,
        terms: &RotationTerms,
        now: Timestamp,
    ) -> Result<ConfirmedPlan> {
        self.plan_rotation(name, now, |secret| {
            let kept = self.confirmed_plan(secret).is_ok_and(|plan| plan.terms() == terms);
            let stated = secret.rotation.as_ref().and_then(|rotation| rotation.plan.signed()).filter(|_| kept);
            let new = self.new_plan(secret, terms.clone(), now)?;
            match stated {
                Some(stated) if stated.plan().pinned == new.pinned => Ok(stated.clone()),
                _ => self.signed_plan(&new),
            }
        })
    }

    /// Signs the plan of a secret anew in the name of the current member: the same terms, and what the value says now.
    pub(crate) fn confirm_rotation(&self, name: &SecretName, stated: &Plan, now: Timestamp) -> Result<ConfirmedPlan> {
        self.plan_rotation(name, now, |secret| {
            let plan = self.plan_to_confirm(secret, now)?;
            let same = plan.terms == stated.terms && plan.pinned == stated.pinned && plan.serial == stated.serial;
            if same { self.signed_plan(&plan) } else { Err(Error::Changed(name.to_string())) }
        })
    }

    /// The secrets whose rotation stops when a member goes: those with a plan that the member has signed, by name.
    pub(crate) fn rotations_signed_by(&self, member: &MemberName) -> Result<Checked<SecretName>> {
        let is_theirs = |secret: &Secret| {
            let running = secret.live_rotation().filter(|rotation| rotation.enabled);
            let signed = running.and_then(|rotation| rotation.plan.signed());
            signed.is_some_and(|signed| signed.plan().by == *member)
        };
        Ok(self.sift_where(probe::may_have_plan, is_theirs)?.map(|secret| secret.name))
    }

    /// What [`Vault::confirm_rotation`] would sign.
    pub(crate) fn plan_to_confirm(&self, secret: &Secret, now: Timestamp) -> Result<Plan> {
        let rotation = secret.rotation.as_ref().ok_or_else(|| broken(&secret.name, SecretError::NoHook))?;
        let stated = rotation.terms().ok_or_else(|| plan_error(&secret.name, PlanError::Missing))?;
        self.new_plan(secret, stated.clone(), now)
    }

    fn plan_rotation(
        &self,
        name: &SecretName,
        now: Timestamp,
        plan: impl Fn(&Secret) -> Result<SignedPlan>,
    ) -> Result<ConfirmedPlan> {
        let configured = self.amend(name, now, |secret: &mut Secret| {
            secret.require_live().map_err(|error| broken(name, error))?;
            secret.configure_rotation(plan(secret)?, now).map_err(|error| broken(name, error))?;
            Ok(secret.clone())
        })?;
        self.confirmed_plan(&configured)
    }

    /// The next plan of a secret, without a signature. What its value says now becomes the pins.
    fn new_plan(&self, secret: &Secret, terms: RotationTerms, now: Timestamp) -> Result<Plan> {
        let by = self.signer()?.name;
        self.check_plan_rights(&by, &secret.name, &terms)?;
        let is_read = Pins::are_needed(&terms);
        let current = if is_read { self.staged_value(secret, &Stage::current())? } else { None };
        let stated = secret.rotation.as_ref().map_or(0, |rotation| rotation.plan.serial());
        Ok(Plan {
            secret: secret.name.clone(),
            id: secret.id,
            serial: stated.max(plans::seen(&self.state, secret.id)?) + 1,
            trust: self.trust().rev,
            created: now,
            by,
            pinned: Pins::of(current.as_ref().map(|current| &current.value), &terms),
            terms,
            extra: BTreeMap::new(),
        })
    }

    pub(super) fn signed_plan(&self, plan: &Plan) -> Result<SignedPlan> {
        let path = plan_path(&plan.secret)?;
        let bytes = self.signed_body(&path, &emit_plan(plan, &self.id))?;
        let text = String::from_utf8(bytes).map_err(|_| Error::Internal("a plan is text"))?;
        let signed = read_plan(text, &self.id.to_string());
        check_read_back(&path, signed.as_ref().map(|signed| signed.plan().clone()).map_err(Clone::clone), plan)?;
        signed.map_err(|error| Error::Format { path, error })
    }

    /// Refuses a plan unless its signer may do all of it now, and the member for whom the signer's server signed it may too.
    fn check_plan_rights(&self, by: &MemberName, name: &SecretName, terms: &RotationTerms) -> Result<()> {
        self.check_rights(by, name, terms.admin.as_ref())?;
        let Some(member) = terms.member() else { return Ok(()) };
        let member = member.parse().map_err(|_| plan_error(name, PlanError::SignerMayNotWrite(by.clone())))?;
        self.check_rights(&member, name, terms.admin.as_ref())
    }

    /// Refuses unless the member may write the secret now, and can read the administrator's secret.
    fn check_rights(&self, by: &MemberName, name: &SecretName, admin: Option<&SecretName>) -> Result<()> {
        if !self.trust().member(by).is_some_and(|member| member.may_write(Kind::Secret, name.as_str())) {
            return Err(plan_error(name, PlanError::SignerMayNotWrite(by.clone())));
        }
        let Some(admin) = admin else { return Ok(()) };
        let trust = self.trust();
        let rule = trust.key_for(Kind::Secret, admin.as_str());
        let reads = rule.map(|rule| self.key(&rule.name)).transpose()?.is_some_and(|key| key.readers.contains(by));
        let (by, admin) = (by.clone(), admin.clone());
        if reads { Ok(()) } else { Err(plan_error(name, PlanError::SignerMayNotRead { by, admin })) }
    }
}

pub(super) fn plan_error(name: &SecretName, error: PlanError) -> Error {
    Error::Plan { name: name.to_string(), error }
}

/// Where the plan of a secret is signed for: no file, but a path that no other document has.
fn plan_path(name: &SecretName) -> Result<String> {
    Ok(format!("{}#plan", secret_path(name)?))
}

fn untrusted(name: &SecretName, error: Error) -> Error {
    match error {
        Error::Tampered {
            reason: Tampering::Former(by) | Tampering::Stranger(by) | Tampering::OtherKey(by), ..
        } => plan_error(name, PlanError::SignerGone(by)),
        Error::Tampered { reason, .. } => plan_error(name, PlanError::Untrusted(reason)),
        other => other,
    }
}
