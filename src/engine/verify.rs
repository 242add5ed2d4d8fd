//! Verifies the whole vault: every document is authentic, every value opens, nothing is missing, nothing is foreign.

use std::collections::BTreeSet;
use std::time::Duration;

use super::bulk::At;
use super::chain;
use super::document::{AnyDocument, Document, with_values};
use super::error::{Error, Finding, Result};
use super::hooks::HOOKS;
use super::key_error::VaultKeyError;
use super::refused::Refused;
use super::valued::{Valuable, Valued};
use super::vault::Vault;
use crate::format::layout::Place;
use crate::format::path::{
    ANCHORS, CHECKPOINT, CREDENTIALS, EVENTS, KEYS, PARAMETERS, SECRETS, SHARES, TRUST, decode_rule, decode_share,
    decode_trust, key_path,
};
use crate::model::event::Rule;
use crate::model::period::Period;
use crate::model::share::Share;
use crate::model::time::Timestamp;
use crate::model::trust::Kind;
use crate::store::files::{Found, Reach};
use crate::store::{Problem, StoreError, Verb};

/// What is younger may belong to a writer that is still at work.
const AGE: Duration = Duration::from_secs(3600);

/// Whether a verification needs a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum CheckpointDemand {
    /// An existing one is compared.
    #[default]
    IfPresent,
    /// There must be one, and it must be valid now.
    Required {
        /// The time.
        now: Timestamp,
        /// How old it may be.
        age: Option<Period>,
    },
}

/// The result of a verification.
#[derive(Debug, Default)]
pub(crate) struct Verification {
    /// Valid snapshots of the trust chain, key, parameter and secret documents.
    pub documents: usize,
    /// Values that opened.
    pub values: usize,
    /// Values under keys that this identity cannot open.
    pub unread: usize,
    /// Everything that is wrong.
    pub findings: Vec<Finding>,
}

impl Vault<'_> {
    /// Verifies everything, calling `progress` after each document. Unlocks, to open every value.
    pub(crate) fn verify(&self, demand: CheckpointDemand, mut progress: impl FnMut(usize)) -> Result<Verification> {
        let mut report = Verification::default();
        self.verify_chain(&mut report);
        self.verify_keys(&mut report);
        self.verify_each::<Rule>(self.rule_paths()?, |path| decode_rule(path).is_some(), &mut report);
        self.verify_each::<Share>(self.share_paths()?, |path| decode_share(path).is_some(), &mut report);
        let documents = self.documents(&mut report)?;
        self.each_document(&documents, |at, document| {
            match document.and_then(|document| self.verify_values(at, document, &mut report)) {
                Err(error @ Error::Tampered { .. }) => {
                    let broken = || Finding::Document { path: at.path.clone(), error };
                    report.findings.push(self.copy_by_content(&at.path).unwrap_or_else(broken));
                }
                outcome => report.record(at.path.clone(), outcome),
            }
            progress(report.documents);
            Ok(())
        })?;
        let anchors = self.anchors()?;
        report.documents += anchors.found.len();
        let refused = anchors.refused.into_iter();
        report.findings.extend(refused.map(|Refused { path, error }| Finding::Document { path, error }));
        report.findings.extend(self.strays_beside()?);
        for finding in self.vanished()? {
            report.add_news(finding);
        }
        let behind = self.behind_checkpoint(demand);
        let broken = |error| vec![Finding::Document { path: CHECKPOINT.into(), error }];
        for finding in behind.unwrap_or_else(broken) {
            report.add_news(finding);
        }
        Ok(report)
    }

    /// Removes what killed writers left behind more than an hour ago. What cannot be removed stays.
    pub(crate) fn sweep(&self, now: Timestamp) -> Result<usize> {
        let directories = self.directories()?;
        let mut writing = self.writing(now)?;
        directories.iter().map(|directory| writing.sweep(directory, AGE)).sum()
    }

    /// The number of files that a sweep removes.
    pub(crate) fn leftovers(&self, now: Timestamp) -> Result<usize> {
        self.directories()?.iter().map(|directory| Ok(self.files.leftovers(directory, now, AGE)?)).sum()
    }

    /// Every directory that this program writes to.
    fn directories(&self) -> Result<BTreeSet<String>> {
        let documents = self.documents(&mut Verification::default())?;
        let parents = documents.iter().filter_map(|at| at.path.rsplit_once('/')).map(|(parent, _)| parent);
        Ok(parents.chain(["", ANCHORS, EVENTS, HOOKS, KEYS, SHARES, TRUST]).map(str::to_owned).collect())
    }

    fn verify_chain(&self, report: &mut Verification) {
        let trust = self.trust();
        match chain::whole(&*self.files, &self.id, trust.rev) {
            Ok(()) => report.documents += usize::try_from(trust.rev).unwrap_or(usize::MAX),
            Err(error) => report.findings.push(Finding::Document { path: TRUST.into(), error }),
        }
        if let Ok(entries) = self.files.children(TRUST) {
            let paths = entries.iter().map(|entry| format!("{TRUST}/{}", entry.name));
            let foreign = paths.filter(|path| !decode_trust(path).is_some_and(|rev| (1..=trust.rev).contains(&rev)));
            report.findings.extend(foreign.map(|path| self.stray(&path)));
        }
    }

    fn verify_keys(&self, report: &mut Verification) {
        for rule in &self.trust().keys {
            let outcome = self.key_document(&rule.name).and_then(|document| self.require_every_wrap(&document));
            report.record(key_path(&rule.name), outcome);
        }
    }

    /// Verifies what is named like a document of a kind; anything else is a stray file.
    fn verify_each<D: Document>(&self, paths: Vec<String>, is_named: fn(&str) -> bool, report: &mut Verification) {
        for path in paths {
            if is_named(&path) {
                let outcome = self.load::<D>(&path).map(drop);
                report.record(path, outcome);
            } else {
                report.findings.push(self.stray(&path));
            }
        }
    }

    fn verify_values(&self, at: &At, document: Option<AnyDocument>, report: &mut Verification) -> Result<()> {
        let document = document.ok_or_else(|| vanished_now(&at.path))?;
        if let AnyDocument::Secret(secret) = &document {
            let stated = secret.require_plain_copy(self.id());
            stated.map_err(|error| Error::Replica { name: secret.name.to_string(), error })?;
        }
        with_values!(&document, it => self.open_versions(&**it, report), else Ok(()))
    }

    fn open_versions<D: Valued>(&self, document: &D, report: &mut Verification) -> Result<()> {
        self.opened(document)
            .try_for_each(|(version, value)| report.opened(value, format!("{}:{}", document.name(), version.id_text())))
    }

    /// The path of every document; anything that does not belong in a vault goes into the report.
    pub(super) fn documents(&self, report: &mut Verification) -> Result<Vec<At>> {
        let mut documents = Vec::new();
        for (directory, kind) in
            [(PARAMETERS, Kind::Parameter), (SECRETS, Kind::Secret), (CREDENTIALS, Kind::Credential)]
        {
            self.files.walk(directory, Reach::Descendants, |found| {
                match found {
                    Found::Document(leaf) if Place::of(leaf.path()) == Place::Foreign => {
                        report.findings.push(self.stray(leaf.path()));
                    }
                    Found::Document(leaf) => documents.push(At { path: leaf.path().to_owned(), kind }),
                    Found::Gone(_) => {}
                    Found::Foreign(path) => report.findings.push(Finding::Foreign { path: path.to_owned() }),
                }
                Ok::<(), Error>(())
            })?;
        }
        documents.sort();
        Ok(documents)
    }
}

impl Verification {
    /// Adds what the checkpoint shows, unless something was found in the same document without it.
    fn add_news(&mut self, finding: Finding) {
        let is_known = self.findings.iter().any(|it| it.document() == Some(finding.path()));
        if !is_known {
            self.findings.push(finding);
        }
    }

    fn record(&mut self, path: String, outcome: Result<()>) {
        match outcome {
            Ok(()) => self.documents += 1,
            Err(error) => self.findings.push(Finding::Document { path, error }),
        }
    }

    fn opened<T>(&mut self, outcome: Result<T>, name: String) -> Result<()> {
        match outcome {
            Ok(_) => self.values += 1,
            Err(
                Error::NotAReader { .. }
                | Error::Share { .. }
                | Error::NotLogged(_)
                | Error::Key(VaultKeyError::Disabled(_) | VaultKeyError::Deleting(..)),
            ) => {
                self.unread += 1;
            }
            Err(Error::Unopened { .. }) => return Err(Error::Unopened { name }),
            Err(other) => return Err(other),
        }
        Ok(())
    }
}

fn vanished_now(path: &str) -> Error {
    Error::Store(StoreError::new(Verb::Read, path, Problem::NotFound))
}
