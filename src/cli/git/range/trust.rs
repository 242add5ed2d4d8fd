//! What a commit did to the trust chain, and what that did to documents.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::states::Refusal;
use super::step::Step;
use super::step_checker::{Case, Changed, StepChecker};
use crate::cli::error::CliResult;
use crate::cli::git::entry::{Listed, listed};
use crate::cli::report::trust_changes::changes;
use crate::engine::claimed_signer;
use crate::format::layout::Place;
use crate::format::path::trust_path;

impl StepChecker<'_> {
    /// Snapshots that no parent has, and what is wrong with the chain.
    pub(super) fn trust_steps(&mut self, case: &Case<'_>) -> CliResult<Vec<Step>> {
        let Case { commit, parents, here } = case;
        let mut steps = Vec::new();
        let trust = |commit: Option<&str>| commit.and_then(|commit| self.range.trees(commit).trust);
        let is_inherited = parents.iter().any(|parent| trust(*parent) == trust(Some(commit)));
        let broken = here.broken.clone().filter(|_| !is_inherited);
        let mut refusals: Vec<String> = broken.into_iter().collect();
        let mut seen = 0;
        let (mut given_up, mut goes_on) = (Vec::new(), false);
        for parent in parents {
            let before = self.states.chain(*parent)?;
            match here.chain.continues(&before.chain) {
                Ok(()) => {
                    seen = seen.max(before.chain.snapshots().len());
                    goes_on = true;
                }
                Err(error) => given_up.push((before, error)),
            }
        }
        // A merge may re-sign the changes of one side on top of the other's.
        given_up.retain(|(before, _)| !goes_on || !here.chain.holds_all_of(&before.chain));
        refusals.extend(given_up.iter().map(|(_, error)| error.to_string()));
        let snapshots: Vec<_> = here.chain.snapshots().collect();
        for (at, trust) in snapshots.iter().enumerate().skip(seen) {
            let before = at.checked_sub(1).map(|at| snapshots[at]);
            steps.push(Step {
                old: before.map(|before| before.rev),
                new: Some(trust.rev),
                by: Some(trust.by.to_string()),
                changes: changes(before, trust),
                ..Step::named("trust", &trust_path(trust.rev))
            });
        }
        refusals.dedup();
        steps.extend(refusals.into_iter().map(|reason| Step::refused("trust", Refusal::because(reason))));
        Ok(steps)
    }

    /// Documents that the commit did not change, and that are no longer valid because it changed who may sign what.
    pub(super) fn weakened(
        &mut self,
        Case { commit, parents, here }: &Case<'_>,
        changed: &BTreeMap<String, Changed>,
    ) -> CliResult<Vec<Step>> {
        let mut found: BTreeMap<String, Step> = BTreeMap::new();
        for parent in parents {
            let there = self.states.chain(*parent)?;
            let weak: BTreeSet<_> = here.chain.weakened(&there.chain).into_iter().collect();
            let Some(tree) = self.range.trees(commit).vault.filter(|_| !weak.is_empty()) else { continue };
            for Listed { mode, id, path, .. } in listed(self.git, "ls-tree", &["-r", &tree])? {
                if changed.contains_key(&path) || found.contains_key(&path) || !Place::of(&path).is_document() {
                    continue;
                }
                if !claimed_signer(self.states.raw(&id)?).is_some_and(|signer| weak.contains(&signer)) {
                    continue;
                }
                let held = self.states.state(&path, &mode, &id, &there.chain)?;
                let holds = self.states.state(&path, &mode, &id, &here.chain)?;
                if let (Some(Ok(before)), Some(Err(refusal))) = (held, holds) {
                    let remembered = self.remembered.entry((*commit).to_owned()).or_default();
                    remembered.insert(path.clone(), vec![Rc::clone(&before)]);
                    found.insert(path.clone(), Step::of(&path, Some(&before), Err(refusal)));
                }
            }
        }
        Ok(found.into_values().collect())
    }
}
