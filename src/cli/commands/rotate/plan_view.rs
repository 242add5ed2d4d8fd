//! A rotation plan, shown whole to whoever approves or confirms it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::hooks::words;
use crate::cli::terminal::palette::Meaning;
use crate::model::schedule::Rules;
use crate::model::secret::Plan;

/// What a plan says.
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
}

impl PlanView {
    pub(super) fn of(plan: &Plan) -> Self {
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
        }
    }

    /// What is signed or approved, with the program's digest and that of the whole. The most important part is last, where a
    /// long list cannot push it out of sight.
    pub(super) fn fields(
        &self,
        program: Option<&str>,
        digest: &str,
    ) -> impl Iterator<Item = (&'static str, Meaning, String)> {
        let (absent, present): (Vec<_>, Vec<_>) = self.pinned.iter().partition(|(_, texts)| texts.is_empty());
        let absent = absent.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
        let absent = (!absent.is_empty()).then(|| ("pinned", Meaning::Plain, format!("no {absent}")));
        let pins = present.into_iter().map(|(name, texts)| format!("{name}={}", texts.join(" or ")));
        let pins = absent.into_iter().chain(pins.map(|pin| ("pinned", Meaning::Plain, pin)));
        let options = self.options.iter().map(|(name, value)| ("option", Meaning::Plain, format!("{name}={value}")));
        let schedule = self.schedule.clone().unwrap_or_else(|| "manually".into());
        let window = self.window.as_ref().map(|window| format!(" within {window}")).unwrap_or_default();
        let signed = format!("by {}, {} (plan {})", self.signed_by, self.signed_date, self.serial);
        let program = program.map(|program| format!("{program} (see `vault rotate hooks show {}`)", self.hook));
        let admin = self.admin.as_ref().map(|name| format!("{name} (the hook gets the value of this secret)"));
        pins.chain(options)
            .chain([
                ("when", Meaning::Plain, schedule + &window),
                ("signed", Meaning::Plain, signed),
                ("secret", Meaning::Name, self.name.clone()),
                ("hook", Meaning::Plain, self.hook.clone()),
            ])
            .chain(program.map(|program| ("program", Meaning::Version, program)))
            .chain(admin.map(|admin| ("admin", Meaning::Warning, admin)))
            .chain([("words", Meaning::Version, words(digest)), ("digest", Meaning::Version, digest.to_owned())])
            .collect::<Vec<_>>()
            .into_iter()
    }
}
