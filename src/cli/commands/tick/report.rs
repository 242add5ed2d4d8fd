//! What `vault tick` has done.

use serde::Serialize;

use crate::cli::commands::rotate::{Counts, RotationReport};
use crate::cli::report::refused::RefusedView;
use crate::cli::terminal::{Meaning, Page, Report};
use crate::model::name::ParameterName;
use crate::model::parameter::{Policy, Rule};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TickReport {
    #[serde(flatten)]
    pub(super) rotations: RotationReport,
    pub(super) purged: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) fired: Vec<Fired>,
    pub(super) expired: Vec<String>,
    #[serde(rename = "RenewedShares", skip_serializing_if = "Vec::is_empty")]
    pub(super) shares: Vec<String>,
    #[serde(rename = "DestroyedKeys", skip_serializing_if = "Vec::is_empty")]
    pub(super) destroyed: Vec<String>,
    #[serde(rename = "Replicated", skip_serializing_if = "Vec::is_empty")]
    pub(super) copied: Vec<String>,
    #[serde(rename = "RefusedDocuments", skip_serializing_if = "Vec::is_empty")]
    pub(super) refused: Vec<RefusedView>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Fired {
    name: String,
    policy_type: &'static str,
    policy_text: String,
    #[serde(skip)]
    rule: Rule,
}

impl TickReport {
    /// What was done and what was not, if there was more than one thing to do.
    pub(super) fn summary(&self, is_dry_run: bool) -> Option<String> {
        let Counts { done, failed, waiting, running } = self.rotations.counts();
        let done = done
            + self.purged.len()
            + self.fired.len()
            + self.expired.len()
            + self.shares.len()
            + self.destroyed.len()
            + self.copied.len();
        let counts = [
            (done, if is_dry_run { "would be done" } else { "done" }),
            (failed, "failed"),
            (waiting, "waiting for a person"),
            (running, "done by another process"),
            (self.refused.len(), "skipped, because a document cannot be trusted"),
        ];
        let counted: Vec<String> =
            counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        (counts.iter().map(|(count, _)| count).sum::<usize>() > 1).then(|| counted.join(", "))
    }
}

impl Fired {
    pub(super) fn new(name: &ParameterName, policy: &Policy) -> Self {
        Fired {
            name: name.to_string(),
            policy_type: policy.type_name(),
            policy_text: policy.as_str().to_owned(),
            rule: policy.rule(),
        }
    }

    /// What has happened to the parameter.
    fn event(&self) -> String {
        match self.rule {
            Rule::Expiration(at) => format!("expired at {at}; `vault param restore {}` brings it back", self.name),
            Rule::ExpirationNotification(before) => format!("expires in less than {before}"),
            Rule::NoChangeNotification(after) => format!("has not changed for {after}"),
        }
    }
}

impl Report for TickReport {
    fn text(&self, page: &mut Page) {
        self.rotations.text(page);
        for fired in &self.fired {
            let name = page.paint(Meaning::Name, &fired.name);
            page.line(format!("{name} {}", fired.event()));
        }
        for (names, what) in [
            (&self.purged, "purged"),
            (&self.expired, "expired and deleted"),
            (&self.shares, "is shared as it is now"),
            (&self.copied, "copied to another vault"),
            (&self.destroyed, "is destroyed: nothing under this key can be read any more"),
        ] {
            for name in names {
                let name = page.paint(Meaning::Name, name);
                page.line(format!("{name} {what}"));
            }
        }
    }
}
