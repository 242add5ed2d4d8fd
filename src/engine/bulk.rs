//! Many documents at once: found by a look at their bytes, each verified, changed by one rule, and written together.

use super::authority::Verified;
use super::document::{AnyDocument, Document};
use super::error::{Error, Result};
use super::parallel;
use super::refused::Checked;
use super::vault::Vault;
use crate::crypto::framing::sha256;
use crate::format::caps;
use crate::format::path::{PARAMETERS, SECRETS, SUFFIX};
use crate::machine::Mark;
use crate::model::head::Head;
use crate::model::time::Timestamp;
use crate::model::trust::Kind;
use crate::store::root::{Found, Leaf, Reach};
use crate::store::{Problem, StoreError, Verb};

/// So many documents are looked at together, on all processors.
pub(super) const BATCH: usize = 1000;
/// So many bytes are written with two waits for the disk. A file system that gives no file the place of one that has just gone
/// searches longer the more of them there are, so new files are best all written before the first old one goes.
const WRITTEN_AT_ONCE: usize = 64 << 20;

/// Whether a first look at a file wants more of it.
pub(super) type Look = std::result::Result<bool, StoreError>;

/// A signed document on its way to the disk.
pub(super) struct Revision {
    file: (String, Vec<u8>),
    mark: Mark,
}

/// Where a document lies, and what it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At {
    pub(super) path: String,
    pub(super) kind: Kind,
}

impl Vault<'_> {
    /// Where every document lies, by path.
    pub(super) fn all_documents(&self) -> Result<Checked<At>> {
        self.documents_everywhere(|_| Ok(true))
    }

    /// The documents whose bytes a filter lets through, by path. The bytes are not verified: the filter may only save work.
    pub(super) fn documents_where(&self, filter: impl Fn(&[u8]) -> bool) -> Result<Checked<At>> {
        self.documents_everywhere(|leaf| leaf.passes(&filter))
    }

    fn documents_everywhere(&self, wanted: impl Fn(&Leaf<'_>) -> Look) -> Result<Checked<At>> {
        let mut all = Checked::default();
        for (directory, kind) in [(PARAMETERS, Kind::Parameter), (SECRETS, Kind::Secret)] {
            all.append(self.documents_below(directory, kind, Reach::Descendants, &wanted)?);
        }
        all.found.sort();
        Ok(all)
    }

    /// The documents below a directory whose files are wanted, in no particular order. One that cannot be read is refused, and
    /// so is a link or a pipe in a document's place, which hides a value; a note that somebody left there does not.
    pub(super) fn documents_below(
        &self,
        directory: &str,
        kind: Kind,
        reach: Reach,
        wanted: impl Fn(&Leaf<'_>) -> Look,
    ) -> Result<Checked<At>> {
        let mut documents = Checked::default();
        self.root.walk(directory, reach, |entry| match entry {
            Found::Document(leaf) => {
                let at = || At { path: leaf.rel().to_owned(), kind };
                documents.take(leaf.rel(), wanted(&leaf).map(|wanted| wanted.then(at)).map_err(Error::from))
            }
            Found::Foreign(path) if path.ends_with(SUFFIX) => {
                documents.take(path, Err(StoreError::new(Verb::Read, path, Problem::NotRegular).into()))
            }
            Found::Foreign(_) | Found::Gone(_) => Ok(()),
        })?;
        Ok(documents)
    }

    /// What `pick` finds in the documents that hold, beside those that do not. The one look that a bad document does not stop.
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

    /// Shows `visit` each document, verified, in their order; nothing for one that was removed since.
    pub(super) fn each_document(
        &self,
        documents: &[At],
        mut visit: impl FnMut(&At, Result<Option<AnyDocument>>) -> Result<()>,
    ) -> Result<()> {
        documents.chunks(BATCH).try_for_each(|batch| {
            let looked_at = batch.iter().zip(self.looked_at(batch));
            { looked_at }.try_for_each(|(at, document)| visit(at, document))
        })
    }

    /// Signature, place and bounds are judged on all processors; what this machine has seen is compared afterwards.
    fn looked_at(&self, batch: &[At]) -> Vec<Result<Option<AnyDocument>>> {
        let (root, authority) = (&self.root, self.authority());
        let judged = parallel::map(batch, |at| match root.read(&at.path, AnyDocument::cap(&at.path))? {
            Some(raw) => authority.document(&at.path, raw).map(Some),
            None => Ok(None),
        });
        let compared = |(at, judged): (&At, Result<Option<Verified<AnyDocument>>>)| match judged? {
            Some(verified) => self.latest(&at.path, verified),
            None => Ok(None),
        };
        batch.iter().zip(judged).map(compared).collect()
    }

    /// Refuses what this member's signature could not carry.
    pub(super) fn require_writer_of(&self, documents: &[At]) -> Result<()> {
        self.each_document(documents, |at, document| match document? {
            Some(document) => self.require_writer(at.kind, document.name()),
            None => Ok(()),
        })
    }

    /// Changes documents by a rule that says whether there is anything to write, and signs them. `progress` hears how many
    /// were looked at. The lock is held by the caller.
    pub(super) fn rewrite(
        &self,
        documents: &[At],
        now: Timestamp,
        mut rule: impl FnMut(&mut AnyDocument) -> Result<bool>,
        progress: &mut dyn FnMut(usize),
    ) -> Result<usize> {
        let (mut looked_at, mut written) = (0, 0);
        let (mut waiting, mut size) = (Vec::new(), 0);
        for batch in documents.chunks(BATCH) {
            for (at, document) in batch.iter().zip(self.looked_at(batch)) {
                if let Some(mut document) = document?
                    && rule(&mut document)?
                {
                    let before = document.head().clone();
                    let revision = self.next_revision(at.path.clone(), Some(&before), document, now)?;
                    size += revision.file.1.len();
                    waiting.push(revision);
                    written += 1;
                }
                looked_at += 1;
                progress(looked_at);
            }
            if size >= WRITTEN_AT_ONCE {
                self.replace_batch(std::mem::take(&mut waiting))?;
                size = 0;
            }
        }
        self.replace_batch(waiting)?;
        Ok(written)
    }

    /// A document as it will lie at a path, signed. `before` is the head of what lies there now.
    pub(super) fn next_revision(
        &self,
        path: String,
        before: Option<&Head>,
        mut document: AnyDocument,
        now: Timestamp,
    ) -> Result<Revision> {
        *document.head_mut() = self.next_head(before, &path, now)?;
        let body = self.emitted(&path, &document)?;
        let bytes = self.sign(&path, &body)?;
        let mark = Mark { id: document.id(), rev: document.head().rev, hash: sha256(&bytes), path: path.clone() };
        Ok(Revision { file: (path, bytes), mark })
    }

    /// Writes documents together, reads them back and remembers them.
    pub(super) fn replace_batch(&self, revisions: Vec<Revision>) -> Result<()> {
        if self.dry_run {
            return Ok(());
        }
        let (files, marks): (Vec<_>, Vec<_>) =
            revisions.into_iter().map(|revision| (revision.file, revision.mark)).unzip();
        self.root.replace_all(&files)?;
        self.check_files(&files)?;
        for (mark, (path, _)) in marks.into_iter().zip(&files) {
            self.wrote(path);
            self.saw(mark);
        }
        Ok(())
    }

    fn check_files(&self, files: &[(String, Vec<u8>)]) -> Result<()> {
        for (path, bytes) in files {
            if self.root.read(path, caps::DOCUMENT)?.as_deref() != Some(bytes.as_slice()) {
                return Err(Error::ReadBack(path.clone()));
            }
        }
        Ok(())
    }
}
