//! Checkpoints: a signed list of all documents, so that a fresh clone can detect a rollback.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::authority::may_sign_checkpoint;
use super::document::AnyDocument;
use super::error::Finding;
use super::error::{Error, Result};
use super::history::follow;
use super::parallel;
use super::vault::Vault;
use super::verify::{CheckpointDemand, Verification};
use super::writing::Writing;
use crate::format::path::{CHECKPOINT, key_path};
use crate::format::schema::emit_checkpoint;
use crate::format::{FormatError, caps};
use crate::machine::{Mark, Marks};
use crate::model::checkpoint::Checkpoint;
use crate::model::format::Format;
use crate::model::key::KeyDocument;
use crate::model::name::MemberName;
use crate::model::period::Period;
use crate::model::revision::Revision;
use crate::model::time::Timestamp;
use crate::store::Expect;

/// Path and revision of each existing document, by its id.
type Here = HashMap<[u8; 16], (String, Revision)>;

/// What to do about missing documents that the last checkpoint lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Nothing is signed.
    Refused,
    /// The new checkpoint does not list them.
    LeftOut,
}

/// What a new checkpoint lists.
#[derive(Debug)]
pub(crate) struct Listing {
    /// How many documents there are.
    pub documents: usize,
    /// The documents that were left out.
    pub missing: Vec<Finding>,
}

impl Vault<'_> {
    /// Signs a list of all documents as they are now. Refuses what [`Vault::verify`] finds, unless it is a document
    /// that the last checkpoint lists, which is missing, and whose loss is accepted. Calls `progress` after each
    /// document.
    pub(crate) fn checkpoint(
        &self,
        missing: Missing,
        valid_for: Option<Period>,
        now: Timestamp,
        progress: impl FnMut(usize),
    ) -> Result<Listing> {
        let member = self.whoami()?;
        if !may_sign_checkpoint(&member) {
            return Err(self.not_a_writer(member, CHECKPOINT, may_sign_checkpoint));
        }
        self.writing(now)?.sign_checkpoint(missing, valid_for, progress)
    }

    /// Documents of the checkpoint that are missing, older, or different under the same revision. Later writes are not
    /// reported. A document that cannot be trusted is a separate finding, and the others are still compared.
    pub(super) fn behind_checkpoint(&self, demand: CheckpointDemand) -> Result<Vec<Finding>> {
        let Some(checkpoint) = self.load_checkpoint()? else {
            return Ok(match demand {
                CheckpointDemand::IfPresent => Vec::new(),
                CheckpointDemand::Required { .. } => vec![Finding::NoCheckpoint],
            });
        };
        let (mut here, mut findings) = (Here::new(), Vec::from_iter(outdated(&checkpoint, demand)));
        for (path, revision) in self.each_revision()? {
            match revision {
                Ok(revision) => drop(here.insert(revision.id, (path, revision))),
                Err(error) => findings.push(Finding::Document { path, error }),
            }
        }
        let behind = self.behind(&checkpoint, &here, &findings)?;
        findings.extend(behind);
        Ok(findings)
    }

    /// The same for the documents that are not broken themselves.
    fn behind(&self, checkpoint: &Checkpoint, here: &Here, broken: &[Finding]) -> Result<Vec<Finding>> {
        let broken: HashSet<&str> = broken.iter().filter_map(Finding::document).collect();
        let missing = checkpoint.documents.iter().any(|known| !here.contains_key(&known.id));
        // The content of an untrusted document does not count.
        let seen = if missing { self.marks.as_ref().map_or(Ok(Vec::new()), Marks::every)? } else { Vec::new() };
        let paths: HashSet<&str> = seen.iter().map(|mark| mark.path.as_str()).collect();
        let unknown = broken.difference(&paths).count();
        let by_path: HashMap<&str, &Revision> =
            here.values().map(|(path, revision)| (path.as_str(), revision)).collect();
        // A later document at the same path is not a loss of the earlier one.
        let is_replaced = |known: &Revision, mark: &Mark| {
            by_path.get(mark.path.as_str()).is_some_and(|revision| revision.rev > known.rev.max(mark.rev))
        };
        let is_explained = |known: &&Revision| {
            let mut marks = seen.iter().filter(|mark| mark.id == known.id);
            marks.any(|mark| broken.contains(mark.path.as_str()) || is_replaced(known, mark))
        };
        let known = checkpoint.documents.iter().filter(|known| here.contains_key(&known.id) || !is_explained(known));
        Ok(known.filter_map(|known| compare(known, here.get(&known.id), unknown)).collect())
    }

    /// Whether the vault has a checkpoint, whatever it says.
    pub(super) fn has_checkpoint(&self) -> Result<bool> {
        Ok(self.files.exists(CHECKPOINT)?)
    }

    pub(super) fn load_checkpoint(&self) -> Result<Option<Checkpoint>> {
        let raw = self.files.read(CHECKPOINT, caps::DOCUMENT)?;
        let Some(checkpoint) = raw.map(|raw| self.authority().checkpoint(raw)).transpose()? else { return Ok(None) };
        if checkpoint.format.number() < self.trust().format_floor {
            return Err(Error::Format { path: CHECKPOINT.into(), error: FormatError::OlderFormat });
        }
        Ok(Some(checkpoint))
    }

    /// Path and revision of every document, each signature verified.
    pub(super) fn revisions(&self) -> Result<Vec<(String, Revision)>> {
        self.each_revision()?.into_iter().map(|(path, revision)| Ok((path, revision?))).collect()
    }

    /// Path and revision of every document, or why it has none.
    pub(super) fn each_revision(&self) -> Result<Vec<(String, Result<Revision>)>> {
        let mut revisions = Vec::new();
        for rule in &self.trust().keys {
            let path = key_path(&rule.name);
            let key = self.verify_document::<KeyDocument>(&path).transpose();
            revisions.extend(key.map(|key| (path, key.map(|key| key.revision()))));
        }
        let documents = self.documents(&mut Verification::default())?;
        let (files, authority) = (&*self.files, self.authority());
        let found = parallel::map(&documents, parallel::WORTH, |at| match files.read(&at.path, caps::DOCUMENT) {
            Ok(raw) => raw.map(|raw| Ok(authority.verify::<AnyDocument>(&at.path, raw)?.revision())),
            Err(error) => Some(Err(error.into())),
        });
        let paths = documents.into_iter().map(|at| at.path);
        revisions.extend(paths.zip(found).filter_map(|(path, revision)| Some((path, revision?))));
        Ok(revisions)
    }
}

impl Writing<'_, '_> {
    /// The same as a part of another change.
    pub(super) fn sign_checkpoint(
        &mut self,
        missing: Missing,
        valid_for: Option<Period>,
        progress: impl FnMut(usize),
    ) -> Result<Listing> {
        let findings = self.verify(CheckpointDemand::IfPresent, progress)?.findings;
        let (missing, wrong): (Vec<_>, Vec<_>) = findings.into_iter().partition(|it| {
            missing == Missing::LeftOut && matches!(it, Finding::MissingFromCheckpoint { unknown: 0, .. })
        });
        if !wrong.is_empty() {
            return Err(Error::Unverified(wrong));
        }
        let mut documents: Vec<Revision> = self.revisions()?.into_iter().map(|(_, revision)| revision).collect();
        documents.sort_unstable();
        let listing = Listing { documents: documents.len(), missing };
        let checkpoint = Checkpoint {
            format: Format::CURRENT,
            trust: self.trust().rev,
            created: self.now(),
            valid_until: valid_for.map(|period| period.after(self.now())),
            by: self.whoami()?.name,
            documents,
            extra: BTreeMap::new(),
        };
        self.put_body(CHECKPOINT, &emit_checkpoint(&checkpoint, &self.id), Expect::Any)?;
        self.publish()?;
        Ok(listing)
    }

    /// Re-signs a member's checkpoint. An invalid one is left unchanged.
    pub(super) fn adopt_checkpoint(&mut self, from: &MemberName) -> Result<()> {
        let Ok(Some(mut checkpoint)) = self.load_checkpoint() else { return Ok(()) };
        let me = self.whoami()?;
        if checkpoint.by != *from || !may_sign_checkpoint(&me) {
            return Ok(());
        }
        checkpoint.by = me.name;
        self.put_body(CHECKPOINT, &emit_checkpoint(&checkpoint, &self.id), Expect::Any)?;
        self.publish()
    }
}

fn compare(known: &Revision, here: Option<&(String, Revision)>, unknown: usize) -> Option<Finding> {
    match here {
        None => Some(Finding::MissingFromCheckpoint { id: known.id, rev: known.rev, unknown }),
        Some((path, here)) => {
            let error = follow(path, known, here).err();
            error.map(|error| Finding::Document { path: path.clone(), error })
        }
    }
}

/// What is wrong with the age of a checkpoint that is required.
fn outdated(checkpoint: &Checkpoint, demand: CheckpointDemand) -> Option<Finding> {
    let CheckpointDemand::Required { now, age } = demand else { return None };
    let valid_until = checkpoint.valid_until.filter(|until| *until < now);
    let is_old = age.is_some_and(|age| age.after(checkpoint.created) < now);
    (is_old || valid_until.is_some()).then_some(Finding::OldCheckpoint { created: checkpoint.created, valid_until })
}
