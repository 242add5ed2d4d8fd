//! Rotation plans, each a document with a signature of its own inside of a secret's document.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::extra::{extra, finish};
use super::field::{at_most, optional, parsed, positive, unique};
use super::gate::{begin, read};
use super::kind::DocumentKind;
use super::terms::{emit_rules, options, rules};
use crate::format::error::FormatError;
use crate::format::trailer;
use crate::model::format::Format;
use crate::model::id::VaultId;
use crate::model::secret::{Pins, Plan, RotationTerms, SignedPlan};

const KIND: DocumentKind = DocumentKind::Plan;

/// Most members of a value that a plan can pin.
const PINS_LIMIT: usize = 32;
/// Most texts of one member.
const TEXTS_LIMIT: usize = 32;
/// What is no option in a plan: it has a field of its own.
const ADMIN: &str = "admin";

/// Reads a plan with its signature line, as a secret's document holds it. The signature is not verified.
pub fn read_plan(text: String, vault: &str) -> Result<SignedPlan, FormatError> {
    let signed = trailer::split(text.as_bytes())?;
    let plan = parse(signed.body, vault)?;
    if signed.member != plan.by {
        return Err(FormatError::field("by"));
    }
    Ok(SignedPlan::new(text, plan))
}

/// Reads the body of a plan of `vault`.
pub fn parse_plan(body: &[u8], vault: &VaultId) -> Result<Plan, FormatError> {
    parse(body, &vault.to_string())
}

/// Writes the body of a plan in canonical form.
pub fn emit_plan(plan: &Plan, vault: &VaultId) -> String {
    emit(plan, &vault.to_string(), 1024)
}

fn parse(body: &[u8], vault: &str) -> Result<Plan, FormatError> {
    read(body, KIND, &[vault], |fields: Fields, _| fields.into_plan(), |plan| emit(plan, vault, body.len()))
}

fn emit(plan: &Plan, vault: &str, capacity: usize) -> String {
    let mut out = begin(Format::V2, KIND, vault, capacity);
    out.shown("secret", &plan.secret);
    out.shown("id", plan.id);
    out.number("serial", plan.serial);
    out.number("trust", plan.trust);
    out.shown("created", plan.created);
    out.shown("by", &plan.by);
    out.text("hook", &plan.terms.hook.to_string());
    out.optional("admin", plan.terms.admin.as_ref());
    out.map("options", &plan.terms.options);
    out.lists("pinned", &plan.pinned.0);
    emit_rules(&mut out, plan.terms.rules.as_ref());
    finish(out, Format::V2, &plan.extra)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    secret: String,
    id: String,
    serial: u64,
    trust: u64,
    created: String,
    by: String,
    hook: String,
    admin: String,
    options: BTreeMap<String, String>,
    pinned: BTreeMap<String, Vec<String>>,
    schedule: String,
    window: String,
    extra: Option<BTreeMap<String, String>>,
    critical: Option<Vec<String>>,
}

impl Fields {
    fn into_plan(self) -> Result<Plan, FormatError> {
        if self.options.contains_key(ADMIN) {
            return Err(FormatError::field("options"));
        }
        Ok(Plan {
            secret: parsed(&self.secret, "secret")?,
            id: parsed(&self.id, "id")?,
            serial: positive(self.serial, "serial")?,
            trust: positive(self.trust, "trust")?,
            created: parsed(&self.created, "created")?,
            by: parsed(&self.by, "by")?,
            terms: RotationTerms {
                hook: parsed(&self.hook, "hook")?,
                admin: optional(&self.admin, "admin")?,
                options: options(self.options)?,
                rules: rules(&self.schedule, &self.window)?,
            },
            pinned: pins(self.pinned)?,
            extra: extra(self.extra, self.critical)?,
        })
    }
}

fn pins(members: BTreeMap<String, Vec<String>>) -> Result<Pins, FormatError> {
    at_most(members.len(), PINS_LIMIT, "pinned members")?;
    let texts = |texts: Vec<String>| -> Result<BTreeSet<String>, FormatError> {
        at_most(texts.len(), TEXTS_LIMIT, "pinned texts")?;
        unique(&texts, "pinned text")?;
        Ok(texts.into_iter().collect())
    };
    members.into_iter().map(|(name, own)| Ok((name, texts(own)?))).collect::<Result<_, _>>().map(Pins)
}
