//! Many documents at once: found by a look at their bytes, each verified, changed by one rule, and written together.

use super::authority::Verified;
use super::document::{AnyDocument, Document};
use super::error::{Error, Result};
use super::parallel;
use super::vault::Vault;
use crate::crypto::framing::sha256;
use crate::format::caps;
use crate::format::path::{PARAMETERS, SECRETS};
use crate::machine::Mark;
use crate::model::head::Head;
use crate::model::time::Timestamp;
use crate::model::trust::Kind;
use crate::store::root::{Found, Reach};

/// So many documents are looked at together, on all processors.
pub(super) const BATCH: usize = 1000;
/// So many bytes are written with two waits for the disk. A file system that gives no file the place of one that has just gone
/// searches longer the more of them there are, so new files are best all written before the first old one goes.
const WRITTEN_AT_ONCE: usize = 64 << 20;

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
    /// The documents whose bytes a filter lets through, by path. The bytes are not verified: the filter may only save work.
    pub(super) fn documents_where(&self, filter: impl Fn(&[u8]) -> bool) -> Result<Vec<At>> {
        let mut found = Vec::new();
        for (directory, kind) in [(PARAMETERS, Kind::Parameter), (SECRETS, Kind::Secret)] {
            self.root.walk(directory, Reach::Descendants, |entry| {
                if let Found::Document(leaf) = entry
                    && filter(&leaf.read(caps::DOCUMENT)?)
                {
                    found.push(At { path: leaf.rel().to_owned(), kind });
                }
                Ok::<(), Error>(())
            })?;
        }
        found.sort();
        Ok(found)
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
        *document.head_mut() = self.next_head(before, document.name(), now)?;
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
