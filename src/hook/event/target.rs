//! One try of one delivery.

use super::approval::RuleApproval;
use super::job::Job;
use super::webhook::Webhook;
use super::{file, program};
use crate::engine::Vault;
use crate::hook::runner::Settings;
use crate::model::event::{Rule, TargetKind};

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
            file::append(&job.target.to, &job.delivery.event)
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
