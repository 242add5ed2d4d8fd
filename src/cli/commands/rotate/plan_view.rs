//! A rotation plan, shown whole to whoever approves or confirms it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::digest::Digest;
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::terminal::page::Page;
use crate::cli::terminal::palette::{Meaning, Palette};
use crate::cli::terminal::prompt::Question;
use crate::hook::{Candidate, Handover};
use crate::model::schedule::Rules;
use crate::model::secret::Plan;

/// What is signed or approved: everything that the hook gets besides the secret itself.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PlanView {
    name: String,
    hook: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    admin: Option<String>,
    options: BTreeMap<String, String>,
    /// Members of the value, and the texts that each may have.
    pinned: BTreeMap<String, Vec<String>>,
    #[serde(rename = "ScheduleExpression", skip_serializing_if = "Option::is_none")]
    schedule: Option<String>,
    #[serde(rename = "Duration", skip_serializing_if = "Option::is_none")]
    window: Option<String>,
    serial: u64,
    signed_by: String,
    signed_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    program: Option<Digest>,
    /// That of the whole.
    pub(super) digest: Digest,
}

impl From<&Handover> for PlanView {
    fn from(handover: &Handover) -> Self {
        PlanView::of(handover.plan.plan(), handover.program.as_ref(), handover.digest())
    }
}

impl PlanView {
    pub(super) fn of(plan: &Plan, program: Option<&Candidate>, digest: [u8; 32]) -> Self {
        let rules = plan.terms.rules.as_ref();
        PlanView {
            name: plan.secret.to_string(),
            hook: plan.terms.hook.to_string(),
            admin: plan.terms.admin.as_ref().map(ToString::to_string),
            options: plan.terms.options.clone(),
            pinned: plan.pinned.0.iter().map(|(name, texts)| (name.clone(), texts.iter().cloned().collect())).collect(),
            schedule: rules.map(|rules| rules.schedule().to_string()),
            window: rules.and_then(Rules::window).map(|window| window.to_string()),
            serial: plan.serial,
            signed_by: plan.by.to_string(),
            signed_date: plan.created.to_string(),
            program: program.map(|program| Digest(program.digest)),
            digest: Digest(digest),
        }
    }

    /// Shows all of it at the terminal, and asks.
    pub(super) fn ask(&self, question: Question<'_>, context: &Context) -> CliResult<bool> {
        let mut page = Page::new(Palette::Plain, None);
        self.show(&mut page);
        context.prompter.show(page.as_str(), question)?;
        Ok(context.prompter.confirm(question, Some(false))?)
    }

    /// The most important part is last, where a long list cannot push it out of sight.
    pub(super) fn show(&self, page: &mut Page) {
        let (absent, present): (Vec<_>, Vec<_>) = self.pinned.iter().partition(|(_, texts)| texts.is_empty());
        let absent = absent.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
        let absent = (!absent.is_empty()).then(|| format!("the value has no {absent}"));
        let pins = present.into_iter().map(|(name, texts)| format!("{name}={}", texts.join(" or ")));
        let pins = absent.into_iter().chain(pins).map(|pin| ("pinned", Meaning::Plain, pin));
        let options = self.options.iter().map(|(name, value)| ("option", Meaning::Plain, format!("{name}={value}")));
        let schedule = self.schedule.clone().unwrap_or_else(|| "manually".into());
        let window = self.window.as_ref().map(|window| format!(" within {window}")).unwrap_or_default();
        let signed = format!("by {}, {} (plan {})", self.signed_by, self.signed_date, self.serial);
        let program = self.program.map(|program| format!("{program} (see `vault rotate hooks show {}`)", self.hook));
        let admin = self.admin.as_ref().map(|name| format!("{name} (the hook gets the value of this secret)"));
        let fields = pins
            .chain(options)
            .chain([
                ("when", Meaning::Plain, schedule + &window),
                ("signed", Meaning::Plain, signed),
                ("secret", Meaning::Name, self.name.clone()),
                ("hook", Meaning::Plain, self.hook.clone()),
            ])
            .chain(program.map(|program| ("program", Meaning::Version, program)))
            .chain(admin.map(|admin| ("admin", Meaning::Warning, admin)))
            .chain([
                ("words", Meaning::Version, self.digest.words()),
                ("digest", Meaning::Version, self.digest.to_string()),
            ]);
        page.fields(fields);
    }
}
