//! What a commit did to the anchor of a log of uses: it only grows, and stays its member's.

use super::states::Refusal;
use super::step::Step;
use super::step_checker::{Case, Changed, StepChecker};
use crate::cli::error::CliResult;
use crate::model::log_anchor::LogAnchor;

impl StepChecker<'_> {
    pub(super) fn anchor_step(&mut self, case: &Case<'_>, path: &str, change: &Changed) -> CliResult<Option<Step>> {
        let Some(id) = &change.new else { return Ok(Some(Step::refused(path, Refusal::removed(path)))) };
        if let Some(Err(refusal)) = self.states.state(path, &change.mode, id, &case.here.chain)? {
            return Ok(Some(Step::refused(path, refusal)));
        }
        let after = match self.states.anchor(path, id)? {
            Err(refusal) => return Ok(Some(Step::refused(path, refusal))),
            Ok(after) => after,
        };
        let mut before: Vec<LogAnchor> = Vec::new();
        for old in change.olds.iter().flatten() {
            before.extend(self.states.anchor(path, old)?);
        }
        if let Some(before) = before.iter().find(|before| !after.may_follow(before)) {
            let (old, new) = (before.size, after.size);
            let reason = format!("`{path}` says {new} records and does not continue the anchor of {old} records");
            return Ok(Some(Step::refused(path, Refusal::because(reason))));
        }
        let name = format!("anchor of {}", after.origin);
        let changes = vec![format!("{} records", after.size)];
        let old = before.first().map(|before| before.head.rev);
        let (new, by) = (Some(after.head.rev), Some(after.member.to_string()));
        Ok((!change.olds.contains(&change.new)).then(|| Step { old, new, by, changes, ..Step::named(&name, path) }))
    }
}
