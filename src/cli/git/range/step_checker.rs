//! Whether each commit of a range was a legal step from its parents.
//!
//! A refused state is not used to check later commits: until a legal state replaces it, the states before it are
//! remembered, so that a document cannot be rolled back through a commit that nobody can read.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::commits::{Commit, Range, parents};
use super::states::{Followed, Refusal, RefusalKind, States, StepVerdict};
use super::step::Step;
use crate::cli::error::CliResult;
use crate::cli::git::entry::is_none;
use crate::cli::git::program::Git;
use crate::engine::{HistoricDocument, Vault};
use crate::format::layout::Place;
use crate::format::path::trust_path;
use crate::format::vault_yaml;
use crate::model::id::VaultId;

/// A commit that changed something in the vault.
pub(super) struct Steps<'a> {
    pub(super) commit: &'a Commit,
    pub(super) steps: Vec<Step>,
}

/// A commit with everything it is checked against.
pub(super) struct Case<'a> {
    pub(super) commit: &'a str,
    pub(super) parents: Vec<Option<&'a str>>,
    /// Its own trust chain.
    pub(super) here: Rc<Followed>,
}

/// A file that differs from at least one parent: its objects now and in each parent.
pub(super) struct Changed {
    pub(super) mode: String,
    pub(super) new: Option<String>,
    pub(super) olds: Vec<Option<String>>,
}

/// States that the successors of a refused one must not be older than, by path.
pub(super) type Remembered = BTreeMap<String, Vec<Rc<HistoricDocument>>>;

pub(super) struct StepChecker<'a> {
    vault: VaultId,
    pub(super) git: &'a Git,
    pub(super) range: &'a Range,
    pub(super) states: States<'a>,
    pub(super) remembered: HashMap<String, Remembered>,
    done: Vec<Steps<'a>>,
}

impl<'a> StepChecker<'a> {
    pub(super) fn new(vault: &'a Vault<'a>, git: &'a Git, range: &'a Range) -> CliResult<Self> {
        let states = States::new(vault, git, range)?;
        Ok(StepChecker { vault: vault.id(), git, range, states, remembered: HashMap::new(), done: Vec::new() })
    }

    /// Checks one commit. Its parents, if they are in the range, have been checked before.
    pub(super) fn commit(&mut self, commit: &'a Commit) -> CliResult<()> {
        let here = self.states.chain(Some(&commit.id))?;
        let case = Case { commit: &commit.id, parents: parents(commit).collect(), here };
        let changed = self.changed(&case);
        self.carry(&case, &changed);
        let mut steps = self.trust_steps(&case)?;
        for (path, change) in &changed {
            steps.extend(self.step(&case, path, change)?);
        }
        steps.extend(self.weakened(&case, &changed)?);
        if !steps.is_empty() {
            self.done.push(Steps { commit, steps });
        }
        Ok(())
    }

    /// The results, and whether the trust chain of one end continues that of the other.
    pub(super) fn finish(mut self, from: &str, to: &str) -> CliResult<Vec<Steps<'a>>> {
        let (before, after) = (self.states.chain(Some(from))?, self.states.chain(Some(to))?);
        let fork_point = after.chain.fork_point(&before.chain).filter(|_| !after.chain.holds_all_of(&before.chain));
        if let (Some(rev), Some(commit)) = (fork_point, self.range.commits.last()) {
            let reason =
                format!("the trust chain was rewritten: snapshot {rev} is not the one at the start of the range");
            let steps = vec![Step::refused(&trust_path(rev), Refusal::because(reason))];
            self.done.push(Steps { commit, steps });
        }
        let unresolved = self.remembered.remove(to).unwrap_or_default();
        for step in self.done.iter_mut().flat_map(|done| &mut done.steps) {
            let kind = step.refusal.as_ref().map(|refusal| refusal.kind);
            let is_unresolved = unresolved.contains_key(&step.path);
            step.is_mended = kind == Some(RefusalKind::Leftover) && !is_unresolved;
            step.stays_back = kind == Some(RefusalKind::WentBack) && is_unresolved;
        }
        Ok(self.done)
    }

    fn changed(&self, Case { commit, parents, .. }: &Case<'_>) -> BTreeMap<String, Changed> {
        let mut changed: BTreeMap<String, Changed> = BTreeMap::new();
        let object = |id: &String| (!is_none(id)).then(|| id.clone());
        for (at, parent) in parents.iter().enumerate() {
            for entry in self.range.changes(*parent, commit) {
                let new = object(&entry.new);
                // A parent without its own entry has the same object.
                let fresh = || Changed { mode: entry.mode.clone(), olds: vec![new.clone(); parents.len()], new };
                changed.entry(entry.path.clone()).or_insert_with(fresh).olds[at] = object(&entry.old);
            }
        }
        changed
    }

    /// What the parents remember about files that this commit did not touch.
    fn carry(&mut self, Case { commit, parents, .. }: &Case<'_>, changed: &BTreeMap<String, Changed>) {
        let mut carried = Remembered::new();
        for parent in parents.iter().flatten() {
            for (path, states) in self.remembered.get(*parent).into_iter().flatten() {
                if !changed.contains_key(path) {
                    carried.entry(path.clone()).or_default().extend(states.iter().cloned());
                }
            }
        }
        self.remembered.insert((*commit).to_owned(), carried);
    }

    fn step(&mut self, case: &Case<'_>, path: &str, change: &Changed) -> CliResult<Option<Step>> {
        let place = Place::of(path);
        if place.is_document() {
            return self.document_step(case, path, change);
        }
        if place == Place::Anchor {
            return self.anchor_step(case, path, change);
        }
        let Some(id) = &change.new else {
            let removed = Step { changes: vec!["removed".into()], ..Step::named(path, path) };
            return Ok(match place {
                Place::Id => Some(Step::refused(path, Refusal::because(format!("`{path}` was removed")))),
                Place::Loose => Some(removed),
                _ => None,
            });
        };
        if let Some(Err(refusal)) = self.states.state(path, &change.mode, id, &case.here.chain)? {
            return Ok(Some(Step::refused(path, refusal)));
        }
        let foreign = || Step::refused(path, Refusal::because(format!("`{path}` does not belong in a vault")));
        let is_inherited = change.olds.contains(&change.new);
        Ok(match place {
            Place::Foreign => Some(foreign()),
            Place::Hint => (!self.states.raw(id)?.is_empty()).then(foreign),
            Place::Id => {
                let known = vault_yaml::read(self.states.raw(id)?).is_ok_and(|found| found == self.vault);
                let reason = format!("`{path}` names another vault");
                (!known).then(|| Step::refused(path, Refusal::because(reason)))
            }
            Place::Loose if !is_inherited => {
                let word = if change.olds.iter().all(Option::is_none) { "added" } else { "changed" };
                Some(Step { changes: vec![word.into()], ..Step::named(path, path) })
            }
            _ => None,
        })
    }

    fn document_step(&mut self, case: &Case<'_>, path: &str, change: &Changed) -> CliResult<Option<Step>> {
        let Case { commit, parents, here } = case;
        let mut before: Vec<Rc<HistoricDocument>> = Vec::new();
        for (parent, old) in parents.iter().zip(&change.olds) {
            let remembered = parent.and_then(|parent| self.remembered.get(parent)?.get(path)).cloned();
            before.extend(match remembered {
                Some(remembered) => remembered,
                None => self.before(*parent, path, old.as_deref())?.into_iter().collect(),
            });
        }
        let after = match &change.new {
            None if before.is_empty() => return Ok(None),
            None => Err(Refusal::removed(path)),
            Some(id) => self.states.state(path, &change.mode, id, &here.chain)?.unwrap_or_else(|| missing(path)),
        };
        let after = after.and_then(|past| match before.iter().find_map(|old| past.follows(old, path).err()) {
            None => Ok(past),
            Some(error) => Err(Refusal::from(error)),
        });
        let is_inherited = change.olds.contains(&change.new);
        let was_refused = |parent: Option<&str>| {
            parent.and_then(|parent| self.remembered.get(parent)).is_some_and(|known| known.contains_key(path))
        };
        let is_known = parents.iter().zip(&change.olds).any(|(parent, old)| *old == change.new && was_refused(*parent));
        if after.is_err() {
            self.remembered.entry((*commit).to_owned()).or_default().insert(path.to_owned(), before.clone());
        }
        let is_news = if after.is_err() { !is_known } else { !is_inherited };
        Ok(is_news.then(|| Step::of(path, before.first().map(Rc::as_ref), after)))
    }

    /// The state of a document in a parent, checked against the parent's own chain; `None` if that refuses it.
    fn before(
        &mut self,
        parent: Option<&str>,
        path: &str,
        old: Option<&str>,
    ) -> CliResult<Option<Rc<HistoricDocument>>> {
        let Some(old) = old else { return Ok(None) };
        let there = self.states.chain(parent)?;
        Ok(self.states.state(path, "100644", old, &there.chain)?.and_then(Result::ok))
    }
}

fn missing(path: &str) -> StepVerdict {
    Err(Refusal::because(format!("`{path}` is not a document")))
}
