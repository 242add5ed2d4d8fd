//! One try of one delivery.

use std::path::Path;

use super::approval::RuleApproval;
use super::job::Job;
use super::program;
use super::webhook::Webhook;
use crate::engine::Vault;
use crate::hook::Settings;
use crate::machine::private::append_private;
use crate::model::event::{Event, Rule, TargetKind};

/// Delivers an event, or says in one line why not. No value and nothing secret is in it.
pub(super) fn attempt(vault: &Vault<'_>, rule: &Rule, job: &Job<'_>, settings: &Settings) -> Result<(), String> {
    let approved = || {
        let approval = RuleApproval::of(vault.state(), rule).map_err(|error| error.to_string())?;
        approval.require(vault.state()).map_err(|error| error.to_string())?;
        Ok::<_, String>(approval)
    };
    match job.target.kind {
        TargetKind::Program => program::run(vault.state(), job, &approved()?, settings),
        TargetKind::File => {
            approved()?;
            append(Path::new(&job.target.to), &job.delivery.event)
        }
        TargetKind::Webhook | TargetKind::Aws => {
            let key = match &job.target.secret {
                Some(name) => Some(vault.current_value(name).map_err(|error| error.to_string())?),
                None => None,
            };
            let webhook = Webhook { url: &job.target.to, timeout: settings.limits.time };
            webhook.post(job.target.kind, &job.delivery.event, key.as_ref(), job.now)
        }
    }
}

/// Adds the event to a file with one write. A link in its place is refused; a missing one is created for this user alone.
fn append(path: &Path, event: &Event) -> Result<(), String> {
    let line = serde_json::to_string(event).unwrap_or_default() + "\n";
    append_private(path, line.as_bytes()).map_err(|error| error.to_string())
}
