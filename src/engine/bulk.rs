//! Many documents at once: selected by their bytes, each verified, changed by one rule, and written together.

use super::authority::Verified;
use super::document::{AnyDocument, Document};
use super::error::{Error, Result};
use super::loaded::Loaded;
use super::parallel;
use super::recall::Signatures;
use super::refused::Checked;
use super::valued::Valued;
use super::vault::Vault;
use super::writing::Writing;
use crate::format::layout::Place;
use crate::format::path::SUFFIX;
use crate::model::credential::Credential;
use crate::model::parameter::Parameter;
use crate::model::secret::Secret;
use crate::model::trust::Kind;
use crate::store::files::{Found, Leaf, Reach};
use crate::store::{Problem, StoreError, Verb};

/// The number of documents that are read together, on all processors.
pub(super) const BATCH: usize = 1000;

/// How many documents are worth a thread if their signatures need not be verified.
const WORTH_IF_KNOWN: usize = 48;

/// Whether a file is selected by its raw bytes.
pub(super) type Look = std::result::Result<bool, StoreError>;

/// A document with valid signature, path and limits, and the tag of its file's content.
type Verdict = Result<Option<Verified<AnyDocument>>>;

/// A document with its path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At {
    pub(super) path: String,
    pub(super) kind: Kind,
}

impl Vault<'_> {
    /// Every document, by path.
    pub(super) fn all_documents(&self) -> Result<Checked<At>> {
        self.documents_that(|_| Ok(true))
    }

    /// The documents whose bytes pass a filter, by path. The bytes are not verified: the filter only saves work.
    pub(super) fn documents_where(&self, filter: impl Fn(&[u8]) -> bool) -> Result<Checked<At>> {
        self.documents_that(|leaf| leaf.passes(&filter))
    }

    /// The documents whose files are selected, by path. The bytes by which a file is selected are not verified.
    pub(super) fn documents_that(&self, wanted: impl Fn(&Leaf<'_>) -> Look) -> Result<Checked<At>> {
        let mut all = Checked::default();
        all.append(self.documents_of::<Parameter>(&wanted)?);
        all.append(self.documents_of::<Secret>(&wanted)?);
        all.append(self.documents_of::<Credential>(&wanted)?);
        all.found.sort();
        Ok(all)
    }

    /// The documents of one kind whose files are selected. The bytes by which a file is selected are not verified.
    pub(super) fn documents_of<D: Valued>(&self, wanted: impl Fn(&Leaf<'_>) -> Look) -> Result<Checked<At>> {
        self.documents_below::<D>(D::DIRECTORY, Reach::Descendants, wanted)
    }

    /// The documents below a directory whose files are selected, in no particular order. One that cannot be read is
    /// refused, and so is a link or a pipe in place of a document, which could hide a value; other stray files are
    /// ignored.
    pub(super) fn documents_below<D: Valued>(
        &self,
        directory: &str,
        reach: Reach,
        wanted: impl Fn(&Leaf<'_>) -> Look,
    ) -> Result<Checked<At>> {
        let mut documents = Checked::default();
        let mut expected = self.seen_below(directory, reach)?;
        self.files.walk(directory, reach, |entry| match entry {
            // No name is stored there: it is a stray file, such as a copy that a synchroniser made.
            Found::Document(leaf) if Place::of(leaf.path()) == Place::Foreign => Ok(()),
            Found::Document(leaf) => {
                expected.found(leaf.path());
                let at = || At { path: leaf.path().to_owned(), kind: D::KIND };
                documents.take(leaf.path(), wanted(&leaf).map(|wanted| wanted.then(at)).map_err(Error::from))
            }
            Found::Foreign(path) if path.ends_with(SUFFIX) => {
                expected.found(path);
                documents.take(path, Err(StoreError::new(Verb::Read, path, Problem::NotRegular).into()))
            }
            Found::Foreign(_) | Found::Gone(_) => Ok(()),
        })?;
        self.miss(expected, &mut documents)?;
        Ok(documents)
    }

    /// What `pick` finds in the valid documents, beside the refused ones. This is the only scan that a bad document
    /// does not stop.
    pub(super) fn sift<T>(
        &self,
        documents: Checked<At>,
        mut pick: impl FnMut(&At, AnyDocument) -> Result<Option<T>>,
    ) -> Result<Checked<T>> {
        let mut sifted = Checked { found: Vec::new(), refused: documents.refused };
        self.each_document(&documents.found, |at, document| {
            let picked = document.and_then(|document| document.map_or(Ok(None), |document| pick(at, document)));
            sifted.take(&at.path, picked)
        })?;
        sifted.refused.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(sifted)
    }

    /// The valid documents of one kind that `keep` selects, by name.
    pub(super) fn sift_as<D: Valued>(
        &self,
        documents: Checked<At>,
        keep: impl Fn(&D) -> Result<bool>,
    ) -> Result<Checked<D>> {
        let mut kept = self.sift(documents, |_, document| match D::of(document) {
            Some(document) if keep(&document)? => Ok(Some(document)),
            _ => Ok(None),
        })?;
        kept.found.sort_unstable_by(|a, b| a.full_name().cmp(b.full_name()));
        Ok(kept)
    }

    /// The same of those whose bytes pass a filter. The bytes are not verified: the filter only saves work.
    pub(super) fn sift_where<D: Valued>(
        &self,
        filter: impl Fn(&[u8]) -> bool,
        keep: impl Fn(&D) -> bool,
    ) -> Result<Checked<D>> {
        let documents = self.documents_of::<D>(|leaf| leaf.passes(&filter))?;
        self.sift_as(documents, |document| Ok(keep(document)))
    }

    /// Calls `visit` with each document, verified, in order; `None` for one that has been removed since.
    pub(super) fn each_document(
        &self,
        documents: &[At],
        mut visit: impl FnMut(&At, Result<Option<AnyDocument>>) -> Result<()>,
    ) -> Result<()> {
        documents.chunks(BATCH).try_for_each(|batch| {
            let looked_at = batch.iter().zip(self.looked_at(batch));
            { looked_at }
                .try_for_each(|(at, loaded)| visit(at, loaded.map(|loaded| loaded.map(|loaded| loaded.document))))
        })
    }

    /// Signature, path and limits are checked on all processors; what this machine has seen is compared afterwards.
    fn looked_at(&self, batch: &[At]) -> Vec<Result<Option<Loaded<AnyDocument>>>> {
        let (files, authority) = (&*self.files, self.authority());
        let signatures = self.signatures_of(batch);
        let worth =
            if signatures.as_ref().is_some_and(Signatures::are_known) { WORTH_IF_KNOWN } else { parallel::WORTH };
        let judged = parallel::map(batch, worth, |at| match files.read(&at.path, AnyDocument::cap(&at.path))? {
            Some(raw) => authority.document_among(signatures.as_ref(), &at.path, raw).map(Some),
            None => Ok(None),
        });
        self.recall.keep(signatures);
        let compared = |at: &At, judged: Verdict| match judged? {
            Some(verified) => self.latest(&at.path, verified),
            None => Ok(None),
        };
        batch.iter().zip(judged).map(|(at, judged)| compared(at, judged)).collect()
    }

    /// Refuses what this member may not sign.
    pub(super) fn require_writer_of(&self, documents: &[At]) -> Result<()> {
        self.each_document(documents, |at, document| match document? {
            Some(document) => self.require_writer(at.kind, document.name()),
            None => Ok(()),
        })
    }
}

impl Writing<'_, '_> {
    /// Changes documents by a rule that returns whether there is anything to write. `progress` is called with the
    /// number of documents read. Returns how many were written.
    pub(super) fn rewrite(
        &mut self,
        documents: &[At],
        mut rule: impl FnMut(&Vault<'_>, &mut AnyDocument) -> Result<bool>,
        progress: &mut dyn FnMut(usize),
    ) -> Result<usize> {
        let (mut looked_at, mut written) = (0, 0);
        for batch in documents.chunks(BATCH) {
            for document in self.looked_at(batch) {
                if let Some(before) = document? {
                    let mut document = before.document.clone();
                    if rule(self, &mut document)? {
                        self.put(Some(&before), document)?;
                        written += 1;
                    }
                }
                looked_at += 1;
                progress(looked_at);
            }
            self.publish_some()?;
        }
        self.publish()?;
        Ok(written)
    }
}
