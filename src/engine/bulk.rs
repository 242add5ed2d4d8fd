//! Many documents at once: found by a look at their bytes, each verified, changed by one rule, and written together.

use super::error::{Error, Result};
use super::vault::Vault;
use crate::crypto::framing::sha256;
use crate::model::head::Head;
use crate::model::parameter::Parameter;
use crate::model::secret::Secret;
use crate::model::time::Timestamp;
use crate::model::trust::Kind;
use crate::store::path::{PARAMETERS, SECRETS};
use crate::store::root::{Found, Reach};
use crate::store::schema::{emit_parameter, emit_secret, parse_parameter, parse_secret};
use crate::store::{Mark, caps};

/// So many documents are held in memory and written with two waits for the disk.
pub(super) const BATCH: usize = 1000;

/// Where a document lies, and what it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At {
    pub(super) path: String,
    pub(super) kind: Kind,
}

/// A verified document of either kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Document {
    Parameter(Parameter),
    Secret(Box<Secret>),
}

/// A signed document on its way to the disk.
pub(super) struct Revision {
    file: (String, Vec<u8>),
    mark: Mark,
}

impl Document {
    pub(super) fn name(&self) -> &str {
        match self {
            Document::Parameter(parameter) => parameter.name.as_str(),
            Document::Secret(secret) => secret.name.as_str(),
        }
    }

    fn head(&self) -> &Head {
        match self {
            Document::Parameter(parameter) => &parameter.head,
            Document::Secret(secret) => &secret.head,
        }
    }
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

    /// The verified document; nothing if it was removed since.
    pub(super) fn document(&self, at: &At) -> Result<Option<Document>> {
        Ok(match at.kind {
            Kind::Parameter => self.load_parameter_at(&at.path)?.map(Document::Parameter),
            Kind::Secret => self.load_secret_at(&at.path)?.map(|secret| Document::Secret(Box::new(secret))),
        })
    }

    /// Refuses what this member's signature could not carry.
    pub(super) fn require_writer_of(&self, documents: &[At]) -> Result<()> {
        for at in documents {
            if let Some(document) = self.document(at)? {
                self.require_writer(at.kind, document.name())?;
            }
        }
        Ok(())
    }

    /// Changes documents by a rule that says whether there is anything to write, and signs them. `progress` hears how many
    /// were looked at. The lock is held by the caller.
    pub(super) fn rewrite(
        &self,
        documents: &[At],
        now: Timestamp,
        mut rule: impl FnMut(&mut Document) -> Result<bool>,
        progress: &mut dyn FnMut(usize),
    ) -> Result<usize> {
        let (mut looked_at, mut written) = (0, 0);
        for batch in documents.chunks(BATCH) {
            let mut revisions = Vec::new();
            for at in batch {
                if let Some(mut document) = self.document(at)?
                    && rule(&mut document)?
                {
                    let before = document.head().clone();
                    revisions.push(self.next_revision(at.path.clone(), Some(&before), document, now)?);
                }
                looked_at += 1;
                progress(looked_at);
            }
            written += revisions.len();
            self.replace_batch(revisions)?;
        }
        Ok(written)
    }

    /// A document as it will lie at a path, signed. `before` is the head of what lies there now.
    pub(super) fn next_revision(
        &self,
        path: String,
        before: Option<&Head>,
        mut document: Document,
        now: Timestamp,
    ) -> Result<Revision> {
        let head = self.next_head(before, document.name(), now)?;
        let rev = head.rev;
        let (id, body) = match &mut document {
            Document::Parameter(parameter) => {
                parameter.head = head;
                let body = emit_parameter(parameter, &self.id);
                Self::check_read_back(&path, parse_parameter(body.as_bytes(), &self.id), parameter)?;
                (parameter.id.0, body)
            }
            Document::Secret(secret) => {
                secret.head = head;
                let body = emit_secret(secret, &self.id);
                Self::check_read_back(&path, parse_secret(body.as_bytes(), &self.id), &**secret)?;
                (secret.id.0, body)
            }
        };
        let bytes = self.sign(&path, &body)?;
        let mark = Mark { id, rev, hash: sha256(&bytes), path: path.clone() };
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
        for mark in marks {
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
